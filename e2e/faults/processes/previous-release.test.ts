import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { checkOutRelease, MissingReleaseError } from './previous-release.ts';

it('a commit that the repository does not have is reported as missing, so that its scenario is skipped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-release-'));
  const checkedOut = checkOutRelease('no-such-commit', join(folder, 'previous'));
  await expect(checkedOut).rejects.toThrow(MissingReleaseError);
  await expect(checkedOut).rejects.toThrow('the repository has no commit no-such-commit; fetch its history');
  await rm(folder, { recursive: true });
});
