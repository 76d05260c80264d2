/**
 * The model registry in an Azure Machine Learning workspace or registry, asked by the REST API of
 * Azure Resource Manager (api-version 2024-10-01, {@code Microsoft.MachineLearningServices}),
 * because its Java SDK is not to be had; the artifacts are blobs.
 *
 * <p>A model is a tenant, a model's version is the tenant's version. Source of the shapes: the
 * public specification (azure-rest-api-specs, machinelearningservices, stable/2024-10-01).
 */
@NullMarked
package io.manymodels.adapter.azureml;

import org.jspecify.annotations.NullMarked;
