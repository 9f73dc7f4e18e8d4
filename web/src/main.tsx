/** The page of Mathmill. */
import './style/index.css';
import { render } from 'preact';
import { startSession } from './api/sign-in.ts';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root === null) throw new Error('the document has no element for the page');
startSession();
render(<App />, root);
