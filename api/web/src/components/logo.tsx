// The mark: three basalt columns.

export function LogoMark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <g className="logo-columns">
        <path fill="#3b4a55" d="M3 15l4.500-2.600L12 15v13.400L7.500 31 3 28.400z" />
        <path fill="#56697a" d="M3 15l4.500-2.600L12 15l-4.500 2.600z" />
        <path fill="#5d7280" d="M20 12l4.500-2.600L29 12v16.400L24.500 31 20 28.400z" />
        <path fill="#8197a5" d="M20 12l4.500-2.600L29 12l-4.500 2.600z" />
        <path fill="#0f766e" d="M11.500 6.600L16 4l4.500 2.600v21.800L16 31l-4.500-2.600z" />
        <path fill="#35a598" d="M11.500 6.600L16 4l4.500 2.600L16 9.200z" />
      </g>
    </svg>
  );
}

export function Logo() {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 9, fontWeight: 650, fontSize: 16 }}>
      <LogoMark />
      <span style={{ letterSpacing: "-0.015em" }}>Basalt</span>
    </span>
  );
}
