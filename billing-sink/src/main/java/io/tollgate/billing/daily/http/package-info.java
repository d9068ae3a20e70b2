/// Routes of daily snapshots, and the one that a scheduler outside calls.
@NullMarked
package io.tollgate.billing.daily.http;

import org.jspecify.annotations.NullMarked;
