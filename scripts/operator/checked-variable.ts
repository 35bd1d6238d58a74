/** Set to 1 for wrangler where a deployment's files were checked: its build refuses to upload otherwise. */
export const CHECKED_VARIABLE = 'OCTO_STS_CHECKED';
