export default function generateRsaKeys(): Promise<void>;
