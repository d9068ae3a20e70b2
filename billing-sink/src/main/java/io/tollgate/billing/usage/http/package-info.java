/// Routes that read stored events and usage.
@NullMarked
package io.tollgate.billing.usage.http;

import org.jspecify.annotations.NullMarked;
