package io.manymodels.grpc;

import inference.GrpcService.DataType;
import inference.GrpcService.InferBatchStatistics;
import inference.GrpcService.InferStatistics;
import inference.GrpcService.ModelConfigResponse;
import inference.GrpcService.ModelInput;
import inference.GrpcService.ModelMetadataResponse;
import inference.GrpcService.ModelMetadataResponse.TensorMetadata;
import inference.GrpcService.ModelOutput;
import inference.GrpcService.ModelStatistics;
import inference.GrpcService.ModelStatisticsResponse;
import inference.GrpcService.ModelTensorReshape;
import inference.GrpcService.ModelTransactionPolicy;
import inference.GrpcService.ModelVersionPolicy;
import inference.GrpcService.RepositoryIndexResponse;
import inference.GrpcService.RepositoryIndexResponse.ModelIndex;
import inference.GrpcService.RepositoryModelLoadRequest;
import inference.GrpcService.ServerMetadataResponse;
import inference.GrpcService.StatisticDuration;
import io.manymodels.loading.ModelDescriptions.Described;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.protocol.v2.ModelConfig;
import io.manymodels.protocol.v2.StatisticsDocument;
import io.manymodels.protocol.v2.StatisticsDocument.Batches;
import io.manymodels.protocol.v2.StatisticsDocument.Phases;
import io.manymodels.protocol.v2.StatisticsDocument.Timed;
import io.manymodels.protocol.v2.V2Documents;
import java.util.List;

/** The documents of the protocol as messages. Stateless. */
final class ModelMessages {
  private ModelMessages() {}

  static ServerMetadataResponse server() {
    V2Documents.Server server = V2Documents.server();
    return ServerMetadataResponse.newBuilder()
        .setName(server.name())
        .setVersion(server.version())
        .addAllExtensions(server.extensions())
        .build();
  }

  static ModelMetadataResponse metadata(Described described) {
    V2Documents.Model model = V2Documents.model(described);
    return ModelMetadataResponse.newBuilder()
        .setName(model.name())
        .addAllVersions(model.versions())
        .setPlatform(model.platform())
        .addAllInputs(model.inputs().stream().map(ModelMessages::tensor).toList())
        .addAllOutputs(model.outputs().stream().map(ModelMessages::tensor).toList())
        .build();
  }

  private static TensorMetadata tensor(V2Documents.Tensor tensor) {
    return TensorMetadata.newBuilder()
        .setName(tensor.name())
        .setDatatype(tensor.datatype().name())
        .addAllShape(tensor.shape())
        .build();
  }

  static ModelConfigResponse config(ModelConfig config) {
    ModelVersionPolicy.Specific live =
        ModelVersionPolicy.Specific.newBuilder()
            .addAllVersions(config.versionPolicy().specific().versions())
            .build();
    return ModelConfigResponse.newBuilder()
        .setConfig(
            inference.GrpcService.ModelConfig.newBuilder()
                .setName(config.name())
                .setPlatform(config.platform())
                .setBackend(config.backend())
                .setVersionPolicy(ModelVersionPolicy.newBuilder().setSpecific(live))
                .setMaxBatchSize(config.maxBatchSize())
                .addAllInput(config.input().stream().map(ModelMessages::input).toList())
                .addAllOutput(config.output().stream().map(ModelMessages::output).toList())
                .setModelTransactionPolicy(ModelTransactionPolicy.getDefaultInstance()))
        .build();
  }

  private static ModelInput input(ModelConfig.Tensor tensor) {
    ModelInput.Builder input =
        ModelInput.newBuilder()
            .setName(tensor.name())
            .setDataType(DataType.valueOf(tensor.dataType()))
            .addAllDims(tensor.dims())
            .setOptional(tensor.optional() != null && tensor.optional());
    if (tensor.reshape() != null) {
      input.setReshape(ModelTensorReshape.newBuilder().addAllShape(tensor.reshape().shape()));
    }
    return input.build();
  }

  private static ModelOutput output(ModelConfig.Tensor tensor) {
    ModelOutput.Builder output =
        ModelOutput.newBuilder()
            .setName(tensor.name())
            .setDataType(DataType.valueOf(tensor.dataType()))
            .addAllDims(tensor.dims());
    if (tensor.reshape() != null) {
      output.setReshape(ModelTensorReshape.newBuilder().addAllShape(tensor.reshape().shape()));
    }
    return output.build();
  }

  static ModelStatisticsResponse statistics(StatisticsDocument document) {
    return ModelStatisticsResponse.newBuilder()
        .addAllModelStats(document.modelStats().stream().map(ModelMessages::statistics).toList())
        .build();
  }

  private static ModelStatistics statistics(StatisticsDocument.Model model) {
    Phases phases = model.inferenceStats();
    return ModelStatistics.newBuilder()
        .setName(model.name())
        .setVersion(model.version())
        .setLastInference(model.lastInference())
        .setInferenceCount(model.inferenceCount())
        .setExecutionCount(model.executionCount())
        .setInferenceStats(
            InferStatistics.newBuilder()
                .setSuccess(duration(phases.success()))
                .setFail(duration(phases.fail()))
                .setQueue(duration(phases.queue()))
                .setComputeInput(duration(phases.computeInput()))
                .setComputeInfer(duration(phases.computeInfer()))
                .setComputeOutput(duration(phases.computeOutput()))
                .setCacheHit(duration(phases.cacheHit()))
                .setCacheMiss(duration(phases.cacheMiss())))
        .addAllBatchStats(model.batchStats().stream().map(ModelMessages::batches).toList())
        .build();
  }

  private static InferBatchStatistics batches(Batches batches) {
    return InferBatchStatistics.newBuilder()
        .setBatchSize(batches.batchSize())
        .setComputeInput(duration(batches.computeInput()))
        .setComputeInfer(duration(batches.computeInfer()))
        .setComputeOutput(duration(batches.computeOutput()))
        .build();
  }

  private static StatisticDuration duration(Timed timed) {
    return StatisticDuration.newBuilder().setCount(timed.count()).setNs(timed.ns()).build();
  }

  static RepositoryIndexResponse index(List<V2Documents.Indexed> models) {
    RepositoryIndexResponse.Builder index = RepositoryIndexResponse.newBuilder();
    for (V2Documents.Indexed model : models) {
      index.addModels(
          ModelIndex.newBuilder()
              .setName(model.name())
              .setVersion(model.version())
              .setState(model.state())
              .setReason(model.reason()));
    }
    return index.build();
  }

  /** Refuses what a load does not do: {@code INVALID_INPUT}. */
  static void checkLoad(RepositoryModelLoadRequest asked) {
    for (String name : asked.getParametersMap().keySet()) {
      if (name.equals("config") || name.startsWith("file:")) {
        throw new ServingException(
            ErrorCode.INVALID_INPUT,
            "a load takes no model and no configuration of the client: publish the model to the"
                + " registry");
      }
    }
  }
}
