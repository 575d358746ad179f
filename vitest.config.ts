import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Silences vite on source maps that packages name and do not bring.
  logLevel: 'error',
  test: {
    // These import JSON as plain modules, which Node refuses; vite turns it into what they expect.
    server: { deps: { inline: [/@actions\/(workflow-parser|expressions|languageservice)/] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/campaign/**', 'test/e2e/**'],
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          // A machine that has none of the tools yet builds them first.
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 2 },
          // A file and its clusters keep one core busy, and wait for the rest of their time.
          maxWorkers: 2,
        },
      },
      {
        // Takes an hour: not part of CI.
        extends: true,
        test: {
          name: 'campaign',
          include: ['test/campaign/**/*.test.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Needs a Docker engine: npm run e2e.
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 4 },
          maxWorkers: 1,
        },
      },
    ],
  },
});
