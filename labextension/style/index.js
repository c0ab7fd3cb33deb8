import './base.css';
import './panel.css';
import './row.css';
import './definition.css';
