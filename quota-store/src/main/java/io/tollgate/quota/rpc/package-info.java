/// The conversation between instances, over gRPC: the server that answers for what this process owns, the client that
/// asks
/// others, and the translation in between, whose contract is `owner.proto`. Nothing outside of this package sees gRPC.
@NullMarked
package io.tollgate.quota.rpc;

import org.jspecify.annotations.NullMarked;
