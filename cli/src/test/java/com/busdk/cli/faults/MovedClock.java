package com.busdk.cli.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Instant;
import java.time.InstantSource;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A clock of the service that can be moved, where that asks for the system's. Put in its place by an agent of the JVM
 * when the class is loaded, since the machine's own clock is everybody's. Any thread.
 */
public final class MovedClock {
    private static final String WHERE = "com/busdk/broker/EventsService";

    private static volatile long millis;
    private static volatile boolean used;

    private MovedClock() {}

    /** Moves it to so far from the system's. */
    static void move(long to) {
        if (!used) {
            throw new IllegalStateException(
                    "the service does not take its time from InstantSource.system() in " + WHERE);
        }
        millis = to;
    }

    /** What the service gets for the system's clock. */
    public static InstantSource source() {
        used = true;
        return () -> Instant.now().plusMillis(millis);
    }

    /** A jar that makes this class an agent; the class itself is on the class path. */
    static Path agent(Path jar) {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", MovedClock.class.getName());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar;
    }

    /** Called by the JVM before the program. */
    public static void premain(String arguments, Instrumentation instrumentation) {
        instrumentation.addTransformer(new ClassFileTransformer() {
            @Override
            public byte @Nullable [] transform(
                    @Nullable ClassLoader loader,
                    @Nullable String name,
                    @Nullable Class<?> redefined,
                    @Nullable ProtectionDomain domain,
                    byte[] bytes) {
                return WHERE.equals(name) ? withOurClock(bytes) : null;
            }
        });
    }

    private static byte[] withOurClock(byte[] bytes) {
        ClassFile classes = ClassFile.of();
        return classes.transformClass(
                classes.parse(bytes), ClassTransform.transformingMethodBodies(MovedClock::replace));
    }

    private static void replace(CodeBuilder code, CodeElement element) {
        if (element instanceof InvokeInstruction call
                && call.owner().asInternalName().equals("java/time/InstantSource")
                && call.name().equalsString("system")) {
            code.invokestatic(
                    ClassDesc.of(MovedClock.class.getName()),
                    "source",
                    MethodTypeDesc.of(ClassDesc.of(InstantSource.class.getName())));
        } else {
            code.with(element);
        }
    }
}
