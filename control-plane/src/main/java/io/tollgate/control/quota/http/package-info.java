/// Routes of quotas, and the reading and writing of their bodies.
@NullMarked
package io.tollgate.control.quota.http;

import org.jspecify.annotations.NullMarked;
