using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Reconcilers.MCPServers;

namespace McpOperator.Reconcilers.Tests;

/// <summary>
/// What goes wrong most often, and what a server's status says then: the field, and what to do, without a runbook beside it. Calls over a
/// limit and versions that are held for review are told elsewhere; that a network plugin enforces no NetworkPolicy, nobody can see from here.
/// </summary>
public sealed class RunbookTests
{
    private static readonly string Pin = "@sha256:" + new string('a', 64);

    private static IEnumerable<TestCaseData> Rows()
    {
        yield return Row("the gateway does not reach the server", Server(), a => a with { MissingGateways = ["kourier-system"] },
            ConditionTypes.NetworkIsolated, Reasons.Isolated, "network.gatewayNamespaces", "kourier-system", "write the namespaces");
        yield return Row("the image is not pinned", Server(image: "ghcr.io/acme/weather:latest"), a => a,
            ConditionTypes.ImageAccepted, Reasons.ImageNotPinned, "spec.image", "'ghcr.io/acme/weather:latest'", "write ghcr.io/acme/weather@sha256:");
        yield return Row("the registry is not allowed", Server(image: "evil.example/x" + Pin), a => a,
            ConditionTypes.ImageAccepted, Reasons.RegistryNotAllowed, "spec.image", "evil.example/x", "images.allowedRegistries");
        yield return Row("no registry is allowed", Server(), a => a with { Configuration = a.Configuration with { Images = new() } },
            ConditionTypes.ImageAccepted, Reasons.RegistryNotAllowed, "spec.image", "the list of allowed registries is empty", "images.allowedRegistries");
        yield return Row("the image is not signed", Server(), a => a with { Signature = new(SignatureEffect.Refuse, Reasons.SignatureMissing, "sign it (`cosign sign IMAGE@DIGEST`)") },
            ConditionTypes.ImageAccepted, Reasons.SignatureMissing, "spec.image", "cosign sign");
        yield return Row("the tenant has too many servers", Server(), a => a with { ServersBefore = 10 },
            ConditionTypes.SpecAccepted, Reasons.QuotaExceeded, "metadata.name", "may have 10", "quotas.tenants.team-a.maxServersPerTenant");
        yield return Row("the server has too many tools", Server(tools: 51), a => a,
            ConditionTypes.SpecAccepted, Reasons.QuotaExceeded, "spec.tools", "may have 50", "quotas.tenants.team-a.maxToolsPerServer");

        static TestCaseData Row(string name, MCPServer server, Func<Surroundings, Surroundings> around, string condition, string reason, params string[] told) =>
            new TestCaseData(server, around, condition, reason, told).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Rows))]
    public void The_message_says_what_to_do(MCPServer server, Func<Surroundings, Surroundings> around, string condition, string reason, string[] told)
    {
        var observed = MCPServerObserved.Of(server, around(new()
        {
            Configuration = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"] } },
            Runtime = RuntimeKind.Knative,
        }));
        IReadOnlyList<ChildOutcome> applied = observed.IsAccepted ? [.. ServerChildren.Make(observed.ToInput()).Select(c => new ChildOutcome(c.Type, c.Name, ChildState.Unchanged))] : [];
        var found = MCPServerReport.Make(observed, observed.ToInput(), applied, DateTime.UnixEpoch).Status.Conditions.Single(c => c.Type == condition);
        found.Reason.Should().Be(reason);
        found.Message.Should().ContainAll(told);
    }

    private static MCPServer Server(string? image = null, int tools = 0) => new()
    {
        Metadata = new() { Name = "weather", NamespaceProperty = "team-a", Uid = "u", Generation = 1 },
        Spec = new() { Image = image ?? "ghcr.io/acme/weather" + Pin, Tools = tools == 0 ? null : [.. Enumerable.Range(0, tools).Select(i => new ToolDeclaration { Name = $"t{i}" })] },
    };
}
