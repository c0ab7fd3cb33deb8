import './base.css';
import './definition.css';
