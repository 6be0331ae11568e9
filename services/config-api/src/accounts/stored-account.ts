/** An account; `createdAt` in epoch ms. */
export interface StoredAccount {
  id: string;
  name: string;
  createdAt: number;
}
