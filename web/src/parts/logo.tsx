export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <g>
        <circle cx="16" cy="16" r="3.2" />
        <path d="M16 12.8V5.5l5 3.2M19.2 16h7.3l-3.2 5M16 19.2v7.3l-5-3.2M12.8 16H5.5l3.2-5" />
      </g>
    </svg>
  );
}
