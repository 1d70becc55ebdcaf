// Preloaded into the program that is measured: writes its peak memory (KiB) where MAX_RSS_FILE says.
import { writeFileSync } from 'node:fs';

process.on('exit', () => writeFileSync(process.env.MAX_RSS_FILE, String(process.resourceUsage().maxRSS)));
