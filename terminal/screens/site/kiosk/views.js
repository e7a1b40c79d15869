// Which view stands at which place.

import { appeal, appealContact, appealDone, appealText } from "./views/appeal.js";
import { asking } from "./views/asking.js";
import { home } from "./views/home.js";
import { paid } from "./views/paid.js";
import { rate } from "./views/rating.js";
import { category, find, lists, service } from "./views/services.js";
import { bye, ready, scan } from "./views/visit.js";

export const VIEWS = {
  home,
  find,
  category,
  lists,
  service,
  scan,
  ready,
  rate,
  appeal,
  "appeal-text": appealText,
  "appeal-contact": appealContact,
  "appeal-done": appealDone,
  asking,
  paid,
  bye,
};
