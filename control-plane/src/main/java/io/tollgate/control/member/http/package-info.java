/// Routes of teams.
@NullMarked
package io.tollgate.control.member.http;

import org.jspecify.annotations.NullMarked;
