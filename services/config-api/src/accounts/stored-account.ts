/** An account as stored; `createdAt` is epoch ms. */
export interface StoredAccount {
  id: string;
  name: string;
  createdAt: number;
}
