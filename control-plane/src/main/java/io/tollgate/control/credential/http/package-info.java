/// Routes of integration credentials and, under the same paths, of organization keys.
@NullMarked
package io.tollgate.control.credential.http;

import org.jspecify.annotations.NullMarked;
