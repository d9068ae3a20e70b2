package io.tollgate.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The walls between the rooms: the "may depend on" column of ARCHITECTURE.md, and technology in leaf packages only.
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.tollgate");

    private static final String CONTRACT = "io.tollgate.contract..";
    private static final String EVENT_AVRO = "io.tollgate.event..";
    private static final String DEFINITION_AVRO = "io.tollgate.definition..";
    private static final String METERING = "io.tollgate.metering..";
    private static final String QUOTA = "io.tollgate.quota..";
    private static final String AGGREGATE = "io.tollgate.aggregate..";
    private static final String INGEST = "io.tollgate.ingest..";
    private static final String CONTROL = "io.tollgate.control..";
    private static final String BILLING = "io.tollgate.billing..";
    private static final String HTTP_ROUTES = "io.tollgate.http..";
    private static final String SERVER = "io.tollgate.server..";

    private static final List<String> SCHEMAS = List.of(CONTRACT, EVENT_AVRO, DEFINITION_AVRO);

    private static final Map<String, List<String>> MAY_DEPEND_ON = Map.of(
            METERING, List.of(CONTRACT),
            QUOTA, List.of(CONTRACT, EVENT_AVRO, DEFINITION_AVRO, METERING),
            AGGREGATE, List.of(CONTRACT, EVENT_AVRO, DEFINITION_AVRO, METERING, QUOTA),
            INGEST, List.of(CONTRACT, EVENT_AVRO, DEFINITION_AVRO, METERING, QUOTA),
            HTTP_ROUTES, List.of(CONTRACT, METERING),
            CONTROL, List.of(CONTRACT, EVENT_AVRO, DEFINITION_AVRO, METERING, HTTP_ROUTES),
            BILLING, List.of(CONTRACT, EVENT_AVRO, DEFINITION_AVRO, METERING, HTTP_ROUTES));

    @TestFactory
    List<DynamicTest> modulesDependOnlyOnWhatTheyMay() {
        return MAY_DEPEND_ON.entrySet().stream()
                .map(module -> DynamicTest.dynamicTest(module.getKey(), () -> {
                    DescribedPredicate<JavaClass> foreign = resideInAPackage("io.tollgate..")
                            .and(DescribedPredicate.not(resideInAPackage(module.getKey())))
                            .and(DescribedPredicate.not(
                                    resideInAnyPackage(module.getValue().toArray(String[]::new))));
                    noClasses()
                            .that()
                            .resideInAPackage(module.getKey())
                            .should()
                            .dependOnClassesThat(foreign)
                            .check(CLASSES);
                }))
                .toList();
    }

    @Test
    void contractsDependOnNoModule() {
        noClasses()
                .that()
                .resideInAnyPackage(SCHEMAS.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(METERING, QUOTA, AGGREGATE, INGEST, HTTP_ROUTES, CONTROL, BILLING, SERVER)
                .check(CLASSES);
    }

    @Test
    void thePureCoreKnowsNoTechnology() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        METERING,
                        "io.tollgate.aggregate.usage",
                        "io.tollgate.ingest.event",
                        "io.tollgate.ingest.capacity",
                        "io.tollgate.ingest.admission",
                        "io.tollgate.ingest.receipt",
                        "io.tollgate.ingest.reservation",
                        "io.tollgate.billing.usage",
                        "io.tollgate.control.audit",
                        "io.tollgate.control.credential",
                        "io.tollgate.control.cycle",
                        "io.tollgate.control.edition",
                        "io.tollgate.control.idempotency",
                        "io.tollgate.control.organization",
                        "io.tollgate.control.schedule",
                        "io.tollgate.control.tenant",
                        "io.tollgate.control.key",
                        "io.tollgate.control.machine",
                        "io.tollgate.control.quota",
                        "io.tollgate.control.webhook",
                        "io.tollgate.billing.delivery",
                        "io.tollgate.contract.outbound",
                        "io.tollgate.contract.secret",
                        "io.tollgate.contract",
                        "io.tollgate.contract.access",
                        "io.tollgate.contract.problem")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.kafka..",
                        "org.apache.avro..",
                        "io.micronaut..",
                        "org.springframework..",
                        "org.jdbi..",
                        "org.postgresql..",
                        "java.sql..")
                .check(CLASSES);
    }

    @Test
    void databasesAreReachedFromTheirLeafPackagesOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.tollgate..")
                .and()
                .resideOutsideOfPackages("..postgres..", "io.tollgate.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jdbi..", "org.postgresql..")
                .check(CLASSES);
    }

    @Test
    void theConversationBetweenInstancesIsKnownToItsLeafPackageOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.tollgate..")
                .and()
                .resideOutsideOfPackage("io.tollgate.quota.rpc..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("io\\.tollgate\\.quota\\.rpc\\.(Wire|OwnerGrpc).*")
                .check(CLASSES);
    }

    @Test
    void thePathOfAnEventReachesNoDatabase() {
        noClasses()
                .that()
                .resideInAnyPackage(INGEST, QUOTA, AGGREGATE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "org.jdbi..", "org.postgresql..", "com.zaxxer..")
                .check(CLASSES);
    }

    @Test
    void packagesOfAModuleFormNoCycles() {
        for (String module : List.of("metering", "quota", "ingest", "control", "billing", "server")) {
            slices().matching("io.tollgate." + module + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .check(CLASSES);
        }
    }

    @Test
    void timeIsAnArgument() {
        noClasses()
                .that()
                .resideInAnyPackage(METERING, QUOTA, AGGREGATE, INGEST, CONTROL, BILLING)
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(InstantSource.class, "system")
                .check(CLASSES);
    }

    @Test
    void packagesOfManyThingsDoNotExist() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..manager..", "..misc..")
                .check(CLASSES);
    }
}
