/// What every route has in common: who calls, the request's id, the form of errors, health, metrics and the API's
/// documentation.
@NullMarked
package io.tollgate.server.http;

import org.jspecify.annotations.NullMarked;
