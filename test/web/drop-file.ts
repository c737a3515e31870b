import type { Page } from '@playwright/test';

/** Lets go of a file above the field for files. */
export async function drop(page: Page, name: string, mediaType: string, content: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([fileName, type, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], fileName, { type }));
      return transfer;
    },
    [name, mediaType, content] as const,
  );
  await page.getByText('Drop a file here, or').dispatchEvent('drop', { dataTransfer: data });
  await page.getByText(name).waitFor();
}
