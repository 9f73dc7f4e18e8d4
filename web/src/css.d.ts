/** esbuild makes the style sheet of what is imported so. */
declare module '*.css';
