import { type Browser, chromium } from 'playwright-core';
import { findOnPath, runCommand } from '@hookline/testkit/stack/run-command';

/** Names of the program in distributions; Debian's is the first. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
const HOW = 'install it (Debian, Ubuntu: apt-get install chromium) or set HOOKLINE_CHROMIUM to its path';

/** Starts headless Chromium; as root on Debian, installs it if it is missing. */
export async function startChromium(): Promise<Browser> {
  const executablePath = process.env['HOOKLINE_CHROMIUM'] ?? findChromium() ?? (await installChromium());
  // The sandbox does not work as root, as in most containers. It is not needed, because all pages belong to this
  // repository.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

function findChromium(): string | undefined {
  return PROGRAMS.map(findOnPath).find((path) => path !== undefined);
}

async function installChromium(): Promise<string> {
  const apt = findOnPath('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) throw new Error(`chromium is missing: ${HOW}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'chromium'];
  try {
    await runCommand(apt, ['update'], { env });
    await runCommand(apt, install, { env });
  } catch (cause) {
    throw new Error(`chromium is missing and apt could not install it: ${HOW}`, { cause });
  }
  const program = findChromium();
  if (program === undefined) throw new Error(`chromium is missing even after apt installed it: ${HOW}`);
  return program;
}
