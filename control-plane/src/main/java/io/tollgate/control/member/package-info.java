/// Which users act in which organizations, and how they come to it: by invitation only, which they accept themselves.
@NullMarked
package io.tollgate.control.member;

import org.jspecify.annotations.NullMarked;
