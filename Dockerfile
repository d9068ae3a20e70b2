# One image for every role: TOLLGATE_ROLES picks what a container runs (docs/configuration.md).

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY . .
RUN mvn -B -ntp -q -DskipTests -Dspotless.check.skip=true -pl server -am package

FROM eclipse-temurin:25-jre
# The embedded PostgreSQL needs a user that has a name and is not root.
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/tollgate --create-home --shell /usr/sbin/nologin tollgate
COPY --from=build /src/server/target/tollgate/lib /opt/tollgate/lib
COPY LICENSE /opt/tollgate/LICENSE
USER tollgate
WORKDIR /var/lib/tollgate
ENV TOLLGATE_DATA=/var/lib/tollgate/data \
    TOLLGATE_HOST=0.0.0.0 \
    TOLLGATE_PORT=8080
RUN mkdir -m 0700 /var/lib/tollgate/data
VOLUME /var/lib/tollgate/data
EXPOSE 8080
# Without curl or wget, which the base image does not have.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${TOLLGATE_PORT:-8080} && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
# More options for the Java machine go into JDK_JAVA_OPTIONS.
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", \
    "-XX:MaxRAMPercentage=60", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError", \
    "-cp", "/opt/tollgate/lib/*", "io.tollgate.server.Main"]
CMD ["up"]
