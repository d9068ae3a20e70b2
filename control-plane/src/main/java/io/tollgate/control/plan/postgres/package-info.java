/// Plans and plan limits in PostgreSQL. Changes of one organization's plans and limits take turns on the organization's
/// row, so that what is found free is still free when it is written.
@NullMarked
package io.tollgate.control.plan.postgres;

import org.jspecify.annotations.NullMarked;
