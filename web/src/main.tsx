/** The page of Mathmill. */
import './style/index.css';
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root === null) throw new Error('the document has no element for the page');
render(<App />, root);
