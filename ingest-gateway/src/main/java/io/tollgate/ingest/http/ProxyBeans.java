package io.tollgate.ingest.http;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.netty.channel.EventLoopGroupRegistry;
import io.tollgate.contract.outbound.OutboundTargets;
import io.tollgate.ingest.proxy.netty.NettyTargetClient;
import jakarta.inject.Singleton;

/// What the proxy shares with the server that runs it.
@Factory
@Requires(property = "tollgate.roles.gateway", value = "true")
@Requires(beans = OutboundTargets.class)
final class ProxyBeans {
    /// On the server's own event loops, so that a call goes to the target and back without changing threads.
    @Bean(preDestroy = "close")
    @Singleton
    NettyTargetClient targetClient(OutboundTargets targets, EventLoopGroupRegistry loops) {
        return new NettyTargetClient(targets, loops.getDefaultEventLoopGroup());
    }
}
