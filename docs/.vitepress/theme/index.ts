// The default theme of VitePress, with the fonts of the reader's system.
// In: nothing. Out: the theme.

import DefaultTheme from 'vitepress/theme-without-fonts'
import './style.css'

export default DefaultTheme
