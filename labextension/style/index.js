import './base.css';
import './panel.css';
import './definition.css';
