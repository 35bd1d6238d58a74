export default function removeRsaKeys(): void;
