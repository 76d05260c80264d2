package io.manymodels.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The requests of the test go over the Dispatchers' own port, not through a proxy. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@OnlyOnRay("one process has no other port")
@interface OverDirectPort {}
