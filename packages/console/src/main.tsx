import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import './styles/library.css';
import './styles/details.css';
import './styles/upload.css';
import './styles/workbench.css';
import './styles/settings.css';

createRoot(document.getElementById('root')!).render(<App />);
