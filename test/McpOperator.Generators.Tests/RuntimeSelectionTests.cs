using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;

namespace McpOperator.Generators.Tests;

public sealed class RuntimeSelectionTests
{
    // asked, transport, is Knative there, does it let pods have init containers → what runs the server
    [TestCase(RuntimeKind.Auto, Transport.StreamableHttp, true, false, RuntimeKind.Knative)]
    [TestCase(RuntimeKind.Auto, Transport.Sse, true, false, RuntimeKind.Knative)]
    [TestCase(RuntimeKind.Auto, Transport.Stdio, true, false, RuntimeKind.Deployment)]
    [TestCase(RuntimeKind.Auto, Transport.Stdio, true, true, RuntimeKind.Knative)]
    [TestCase(RuntimeKind.Auto, Transport.StreamableHttp, false, true, RuntimeKind.Deployment)]
    [TestCase(RuntimeKind.Knative, Transport.Stdio, true, false, RuntimeKind.Knative)]
    [TestCase(RuntimeKind.Knative, Transport.StreamableHttp, false, false, RuntimeKind.Knative)]
    [TestCase(RuntimeKind.Deployment, Transport.StreamableHttp, true, true, RuntimeKind.Deployment)]
    public void A_server_runs_on_what_it_asks_for_or_on_what_there_is(RuntimeKind asked, Transport transport, bool knative, bool initContainers, RuntimeKind runtime) =>
        RuntimeSelection.Of(new MCPServerSpec { Image = "x", Runtime = asked, Transport = transport }, knative, new() { InitContainers = initContainers }).Should().Be(runtime);
}
