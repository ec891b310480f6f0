using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Objects;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Reconcilers.Tests;

/// <summary>What a stdio server's container starts (Kubernetes: "Define a Command and Arguments for a Container").</summary>
public sealed class ImageCommandTests
{
    private static readonly ImageCommandFinding Known = Found(["/app/server", "--log=$LEVEL"], ["--cmd", "$(HOME)"]);

    private static ImageCommandFinding Found(string[] entrypoint, string[] cmd) => new(new(entrypoint, cmd), Reasons.Resolved, "");

    private static IEnumerable<TestCaseData> Cases()
    {
        yield return new TestCaseData(null, null, Known, new[] { "/app/server", "--log=$$LEVEL" }, new[] { "--cmd", "$$(HOME)" }).SetArgDisplayNames("the image's own");
        yield return new TestCaseData(null, new[] { "$(MINE)" }, Known, new[] { "/app/server", "--log=$$LEVEL" }, new[] { "$(MINE)" }).SetArgDisplayNames("arguments replace the image's arguments");
        yield return new TestCaseData(new[] { "mine" }, null, Known, new[] { "mine" }, null).SetArgDisplayNames("a command replaces both");
        yield return new TestCaseData(new[] { "mine" }, new[] { "x" }, null, new[] { "mine" }, new[] { "x" }).SetArgDisplayNames("the spec's own");
        yield return new TestCaseData(null, null, Found([], ["sh"]), Array.Empty<string>(), new[] { "sh" }).SetArgDisplayNames("an image without an entrypoint");
    }

    [TestCaseSource(nameof(Cases))]
    public void The_bridge_is_told_the_program(string[]? command, string[]? args, ImageCommandFinding? image, string[] started, string[]? given)
    {
        var observed = Observe(command, args, image);
        observed.WorkloadProblem.Should().BeNull();
        var pod = ServerChildren.Make(observed.ToInput()).Select(c => c.Desired).OfType<V1Deployment>().Single().Spec.Template.Spec;
        var container = pod.Containers.Single(c => c.Name == "mcp-server");
        container.Command!.SkipWhile(word => word != "--").Skip(1).Should().Equal(started);
        container.Args.Should().BeEquivalentTo(given);
    }

    private static IEnumerable<TestCaseData> Unknown()
    {
        yield return new TestCaseData(null, Reasons.EntrypointUnknown, "only its registry").SetArgDisplayNames("nobody asked");
        yield return new TestCaseData(new ImageCommandFinding(null, Reasons.RegistryUnreachable, "the registry is down."), Reasons.RegistryUnreachable, "the registry is down.").SetArgDisplayNames("the registry is down");
        yield return new TestCaseData(Found([], []), Reasons.EntrypointUnknown, "neither").SetArgDisplayNames("the image has none");
    }

    [TestCaseSource(nameof(Unknown))]
    public void What_is_not_known_is_not_guessed(ImageCommandFinding? image, string reason, string told)
    {
        var observed = Observe(null, null, image);
        observed.WorkloadProblem!.Reason.Should().Be(reason);
        observed.WorkloadProblem.Message.Should().StartWith("spec.command: ").And.Contain(told);
        ServerChildren.Make(observed.ToInput()).Select(c => c.Desired).Should().NotContain(child => child is V1Deployment);
    }

    private static MCPServerObserved Observe(string[]? command, string[]? args, ImageCommandFinding? image) => MCPServerObserved.Of(
        new MCPServer
        {
            Metadata = new() { Name = "files", NamespaceProperty = "team-a", Uid = "u" },
            Spec = new() { Image = "ghcr.io/acme/files@sha256:" + new string('a', 64), Transport = Transport.Stdio, Command = command, Args = args },
        },
        new Surroundings { Configuration = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"] } }, Runtime = RuntimeKind.Deployment, ImageCommand = image });
}
