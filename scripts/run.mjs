/** `npm start` and `npm run sluice -- …`: sets up what is missing, then becomes the command line, run from its sources. */
import { become, main, node, setUp } from './set-up.mjs'

setUp()
become(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)])
