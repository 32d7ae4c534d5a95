// A process of its own that owns an embedded server: `node embedded-process.ts <home>`. It tells what happens in JSON
// lines and stops on SIGINT, as the application does.
import { Problem } from '../problem.ts';
import { startEmbedded } from '../db/embedded.ts';

function tell(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

try {
  const server = await startEmbedded(process.argv[2] ?? '', {
    owner: `pid ${process.pid}, http://localhost:4780`,
    onRestart: (why) => tell({ event: 'restarted', why }),
  });
  process.once('SIGINT', () => {
    void server.stop().then(() => tell({ event: 'stopped' }));
  });
  // Last: whoever hears it may send the signal at once.
  tell({ event: 'ready', host: server.host, pid: server.pid, adopted: server.adopted });
} catch (error) {
  const { code = '', hint = '' } = error instanceof Problem ? error : {};
  tell({ event: 'refused', code, message: String(error), hint });
  process.exitCode = 1;
}
