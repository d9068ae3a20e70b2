/// How a request shows a session, and the route that makes an access token of it.
@NullMarked
package io.tollgate.control.session.http;

import org.jspecify.annotations.NullMarked;
