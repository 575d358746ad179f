/** A machine in Go's words: `linux` and `amd64`, `darwin` and `arm64`, `windows` and `amd64`. */
export interface Platform {
  os: string;
  arch: string;
}

/** The machine that this process runs on. */
export function hostPlatform(): Platform {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return { os, arch };
}

/** As the lock names it: `linux-amd64`. */
export function formatPlatform(platform: Platform): string {
  return `${platform.os}-${platform.arch}`;
}

/** The name that an executable has there: `istioctl`, `istioctl.exe`. */
export function executableName(name: string, platform: Platform): string {
  return platform.os === 'windows' ? `${name}.exe` : name;
}

/** Architecture in the words of the tool cache, which are Node's. */
export function cacheArchitecture(platform: Platform): string {
  return platform.arch === 'amd64' ? 'x64' : platform.arch;
}
