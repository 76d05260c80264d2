package io.manymodels.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The requests of the test go through Ray Serve's Python proxy, not through HAProxy. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@OnlyOnRay("the proxy is Ray's")
@interface ThroughPythonProxy {}
