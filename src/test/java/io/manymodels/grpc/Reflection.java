package io.manymodels.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import io.grpc.reflection.v1.ServerReflectionGrpc.ServerReflectionStub;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What a server says that it offers. Stateless. */
final class Reflection {
  private Reflection() {}

  static List<String> services(ServerReflectionStub server) throws Exception {
    return ask(server, ServerReflectionRequest.newBuilder().setListServices("*").build())
        .getListServicesResponse()
        .getServiceList()
        .stream()
        .map(ServiceResponse::getName)
        .toList();
  }

  /** The file that has a service, and those that it needs. */
  static List<FileDescriptorProto> files(ServerReflectionStub server, String service)
      throws Exception {
    ServerReflectionResponse answer =
        ask(server, ServerReflectionRequest.newBuilder().setFileContainingSymbol(service).build());
    List<FileDescriptorProto> files = new ArrayList<>();
    for (ByteString file : answer.getFileDescriptorResponse().getFileDescriptorProtoList()) {
      files.add(FileDescriptorProto.parseFrom(file));
    }
    return files;
  }

  /** The full names of all methods of all services. */
  static List<String> methods(ServerReflectionStub server) throws Exception {
    List<String> methods = new ArrayList<>();
    for (String service : services(server)) {
      for (FileDescriptorProto file : files(server, service)) {
        file.getServiceList().stream()
            .filter(each -> service.equals(file.getPackage() + "." + each.getName()))
            .flatMap(each -> each.getMethodList().stream())
            .map(MethodDescriptorProto::getName)
            .forEach(method -> methods.add(service + "/" + method));
      }
    }
    return methods;
  }

  private static ServerReflectionResponse ask(
      ServerReflectionStub server, ServerReflectionRequest request) throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> asked =
        server.serverReflectionInfo(
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse response) {
                answer.complete(response);
              }

              @Override
              public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
              }

              @Override
              public void onCompleted() {}
            });
    asked.onNext(request);
    asked.onCompleted();
    return answer.get(30, TimeUnit.SECONDS);
  }
}
