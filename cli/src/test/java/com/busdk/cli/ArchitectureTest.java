package com.busdk.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The walls of the house, held over the main classes of all modules, which only this module sees together. */
class ArchitectureTest {
    private static JavaClasses main;

    @BeforeAll
    static void readMainClasses() {
        main = new ClassFileImporter()
                .withImportOption(location -> !location.contains("test-classes") && !location.contains("-tests.jar"))
                .importPackages("com.busdk");
    }

    @Test
    void shouldKeepTheClientFreeOfEveryOtherModule() {
        noClasses()
                .that()
                .resideInAPackage("com.busdk.client..")
                .should()
                .dependOnClassesThat(resideInAPackage("com.busdk..").and(resideOutsideOfPackage("com.busdk.client..")))
                .because("the SDK is what others build on, and has to be usable without a broker")
                .check(main);
    }

    @ParameterizedTest
    @ValueSource(strings = {"broker", "workers", "gateway"})
    void shouldLetAModuleKnowTheClientOnly(String module) {
        String own = "com.busdk." + module + "..";
        noClasses()
                .that()
                .resideInAPackage(own)
                .should()
                .dependOnClassesThat(resideInAPackage("com.busdk..")
                        .and(DescribedPredicate.not(resideInAnyPackage(own, "com.busdk.client.."))))
                .because("modules speak HTTP with each other, in one process as across machines")
                .check(main);
    }

    /** The top package of a module is left out: it holds the entry, which knows all rooms, and what all rooms share. */
    @Test
    void shouldHaveNoCycleBetweenPackages() {
        slices().matching("com.busdk.(*).(**)")
                .should()
                .beFreeOfCycles()
                .because("a package that can only be understood together with another is one with it")
                .check(main);
    }

    @Test
    void shouldLogThroughSlf4jOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.logging..", "ch.qos.logback..")
                .because("one configuration decides what is logged, and how; the cli alone knows which one it is")
                .check(without("com.busdk.cli.."));
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .because("what is written there never reaches the log of the service")
                .check(main);
    }

    @Test
    void shouldNeverSleep() {
        noClasses()
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "is Thread.sleep",
                        call -> call.getTargetOwner().isEquivalentTo(Thread.class)
                                && call.getName().equals("sleep")))
                .because("a thread that sleeps is an event loop that stands still; timers wake up who waits")
                .check(without("com.busdk.cli.bench..")); // the load generator waits on threads of its own
    }

    @Test
    void shouldLeaveTheProcessToTheCommandLine() {
        noClasses()
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "ends the process",
                        call -> List.of("exit", "halt").contains(call.getName())
                                && (call.getTargetOwner().isEquivalentTo(System.class)
                                        || call.getTargetOwner().isEquivalentTo(Runtime.class))))
                .because("several services share one process, and none of them may end the others")
                .check(without("com.busdk.cli.."));
        noClasses()
                .should()
                .accessFieldWhere(DescribedPredicate.describe(
                        "is a standard stream",
                        access -> access.getTargetOwner().isEquivalentTo(System.class)
                                && List.of("out", "err", "in").contains(access.getName())))
                .because("standard output belongs to the command's answer; everything else goes to the log")
                .check(without("com.busdk.cli.."));
    }

    @Test
    void shouldMarkEveryPackageForNullness() {
        classes()
                .should(new ArchCondition<>("live in a package that is @NullMarked") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                        events.add(new SimpleConditionEvent(
                                type, marked, type.getName() + " lives in " + type.getPackageName()));
                    }
                })
                .because("the compiler checks null only where a package promises to speak about it")
                .check(main);
    }

    private static JavaClasses without(String packages) {
        return main.that(resideOutsideOfPackage(packages));
    }
}
