/** Where data sets lie that tests use when they are there. */
import { join } from 'node:path';

export const DATA: string = process.env.LAZYGRAD_DATA ?? join(import.meta.dirname, '../../../shared/data');

