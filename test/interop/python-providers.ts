/**
 * Our customer buys from providers that other people wrote in Python: `node test/interop/python-providers.ts`.
 * Installs nostr-dvm and ezdvm from PyPI into virtual environments that are kept; ends with 1 when that fails, a
 * provider does not answer or a test fails.
 */
import { installPythonProvider } from './python-environment.ts';
import { runSuite } from './run-suite.ts';

process.env['COINOP_NOSTR_DVM_PYTHON'] = await installPythonProvider('nostr-dvm');
process.env['COINOP_EZDVM_PYTHON'] = await installPythonProvider('ezdvm');
const passed = await runSuite(new URL('./python-providers-suite.ts', import.meta.url));
process.stdout.write(
  `interop: ${passed ? 'our customer bought from nostr-dvm and ezdvm' : 'nostr-dvm and ezdvm: FAILED'}\n`,
);
process.exitCode = passed ? 0 : 1;
