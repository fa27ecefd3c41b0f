// The page of signals.

import { phone } from "./phone.js";

phone();
