/// What routes of every module do at their two ends: who asks, a body read strictly, the parameters of a list, an
/// answer
/// in JSON. No route is here.
@NullMarked
package io.tollgate.http;

import org.jspecify.annotations.NullMarked;
