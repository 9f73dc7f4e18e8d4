/** The web page: its files and how they are served. */
export { readPageFiles, type PageFile, type PageFiles } from './page-files.ts';
export { pagePolicy } from './page-policy.ts';
export { addPageRoutes, sendFile } from './page-routes.ts';
