using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Admission.Tests;

public sealed class MCPServerPoliciesTests
{
    private static readonly string Digest = "sha256:" + new string('a', 64);

    private static readonly OperatorConfiguration Acme = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"] } };

    private static readonly MCPServer Good = new()
    {
        Metadata = new V1ObjectMeta { Name = "weather", NamespaceProperty = "team-a" },
        Spec = new MCPServerSpec { Image = $"ghcr.io/acme/weather@{Digest}" },
    };

    private static MCPServer With(Func<MCPServerSpec, MCPServerSpec> change) => Good with { Spec = change(Good.Spec) };

    private static MCPServer Named(string name) => Good with { Metadata = Good.Metadata with { Name = name } };

    /// <summary>What a rule says about a server: its reason, its field and a part of the fix; no reason where it says nothing.</summary>
    private static TestCaseData Case<T>(string what, MCPServer server, OperatorConfiguration? configuration = null, string? reason = null, string field = "", string fix = "")
        where T : IPolicy<Review<MCPServer>>, new() =>
        new TestCaseData(new T(), server, configuration ?? Acme, reason, field, fix).SetArgDisplayNames($"{typeof(T).Name}: {what}");

    private static V1VolumeMount Mount(string name, string path) => new() { Name = name, MountPath = path };

    private static V1Volume Volume(string name) => new() { Name = name, EmptyDir = new() };

    internal static IEnumerable<TestCaseData> Cases()
    {
        yield return Case<ImageNotPinned>("pinned", Good);
        yield return Case<ImageNotPinned>("pinned, with a tag", With(s => s with { Image = $"ghcr.io/acme/weather:1@{Digest}" }));
        yield return Case<ImageNotPinned>("tag alone", With(s => s with { Image = "ghcr.io/acme/weather:1" }), null, Reasons.ImageNotPinned, "spec.image", "write ghcr.io/acme/weather@sha256:<64 lower-case hex digits>");
        yield return Case<ImageNotPinned>("nothing", With(s => s with { Image = "weather" }), null, Reasons.ImageNotPinned, "spec.image", "write docker.io/library/weather@sha256:");
        yield return Case<ImageNotPinned>("SHA-512", With(s => s with { Image = "ghcr.io/acme/weather@sha512:" + new string('a', 128) }), null, Reasons.ImageNotPinned, "spec.image", "@sha256:");
        yield return Case<ImageNotPinned>("a bad digest", With(s => s with { Image = "ghcr.io/acme/weather@sha256:zz" }), null, Reasons.ImageInvalid, "spec.image", "write registry/repository@sha256:");
        yield return Case<ImageNotPinned>("no name", With(s => s with { Image = "a//b" }), null, Reasons.ImageInvalid, "spec.image", "write registry/repository@sha256:");

        var forAcmeToo = new OperatorConfiguration
        {
            Images = new() { AllowedRegistries = ["ghcr.io/platform"], AllowedRegistriesByTenant = new Dictionary<string, IReadOnlyList<string>> { ["acme"] = ["ghcr.io/acme"] } },
        };
        yield return Case<RegistryNotAllowed>("allowed", Good);
        yield return Case<RegistryNotAllowed>("allowed for the tenant", Good, forAcmeToo);
        yield return Case<RegistryNotAllowed>("allowed for all, though the tenant has a list of its own", With(s => s with { Image = $"ghcr.io/platform/x@{Digest}" }), forAcmeToo);
        yield return Case<RegistryNotAllowed>("allowed for another tenant", Good, forAcmeToo with
        {
            Images = forAcmeToo.Images with { AllowedRegistriesByTenant = new Dictionary<string, IReadOnlyList<string>> { ["other"] = ["ghcr.io/acme"] } },
        }, Reasons.RegistryNotAllowed, "spec.image", "allowed are ghcr.io/platform");
        yield return Case<RegistryNotAllowed>("a namesake's folder", With(s => s with { Image = $"ghcr.io/acmeevil/x@{Digest}" }), null, Reasons.RegistryNotAllowed, "spec.image", "allowed are ghcr.io/acme");
        yield return Case<RegistryNotAllowed>("an empty list", Good, new(), Reasons.RegistryNotAllowed, "spec.image", "images.allowedRegistries");
        yield return Case<RegistryNotAllowed>("an empty entry", Good, new() { Images = new() { AllowedRegistries = [""] } }, Reasons.RegistryNotAllowed, "spec.image", "images.allowedRegistries");
        yield return Case<RegistryNotAllowed>("no image name, of which the other rule speaks", With(s => s with { Image = "a//b" }));

        yield return Case<NameTooLong>("63", Named(new string('a', 63)));
        yield return Case<NameTooLong>("64", Named(new string('a', 64)), null, Reasons.NameTooLong, "metadata.name", "choose a shorter one");

        yield return Case<PortReserved>("free", With(s => s with { TargetPort = 8000 }));
        yield return Case<PortReserved>("stdio listens nowhere", With(s => s with { TargetPort = 18080, Transport = Transport.Stdio }));
        foreach (var port in new[] { 8008, 8012, 8013, 8022, 8112, 9090, 9091, 18080, 18081, 18090 })
        {
            yield return Case<PortReserved>($"{port}", With(s => s with { TargetPort = port }), null, Reasons.PortReserved, "spec.targetPort", "let the server listen on another one");
        }

        yield return Case<ScaleInverted>("none", Good);
        yield return Case<ScaleInverted>("equal", With(s => s with { Scaling = new() { MinScale = 3, MaxScale = 3 } }));
        yield return Case<ScaleInverted>("inverted", With(s => s with { Scaling = new() { MinScale = 4, MaxScale = 3 } }), null, Reasons.InvalidSpec, "spec.scaling.minScale", "lower the one or raise the other");

        yield return Case<StdioSettingsUnused>("used", With(s => s with { Transport = Transport.Stdio, Stdio = new() }));
        yield return Case<StdioSettingsUnused>("unused", With(s => s with { Stdio = new() }), null, Reasons.InvalidSpec, "spec.stdio", "set spec.transport to stdio");

        yield return Case<VolumeUnknown>("none", Good);
        yield return Case<VolumeUnknown>("mounted", With(s => s with { Volumes = [Volume("data")], VolumeMounts = [Mount("data", "/data")] }));
        yield return Case<VolumeUnknown>("mounted twice", With(s => s with { Volumes = [Volume("data")], VolumeMounts = [Mount("data", "/a"), Mount("data", "/b")] }));
        yield return Case<VolumeUnknown>("unknown", With(s => s with { VolumeMounts = [Mount("data", "/data")] }), null, Reasons.InvalidSpec, "spec.volumeMounts", "add it to spec.volumes");
        yield return Case<VolumeUnknown>("mounted nowhere", With(s => s with { Volumes = [Volume("data")] }), null, Reasons.InvalidSpec, "spec.volumes", "add a mount to spec.volumeMounts");
        yield return Case<VolumeUnknown>("one of ours", With(s => s with { Volumes = [Volume("mcp-policy")], VolumeMounts = [Mount("mcp-policy", "/p")] }), null, Reasons.InvalidSpec, "spec.volumes", "choose another name");
        yield return Case<VolumeUnknown>("a mount of one of ours", With(s => s with { VolumeMounts = [Mount("mcp-identity", "/p")] }), null, Reasons.InvalidSpec, "spec.volumeMounts", "add it to spec.volumes");

        yield return Case<MountPathTaken>("free", With(s => s with { Volumes = [Volume("data")], VolumeMounts = [Mount("data", "/data")] }));
        yield return Case<MountPathTaken>("the bridge's folder where there is no bridge", With(s => s with { VolumeMounts = [Mount("data", "/mcp")] }));
        foreach (var path in new[] { "/mcp", "/mcp/" })
        {
            yield return Case<MountPathTaken>($"the bridge's folder as {path}", With(s => s with { Transport = Transport.Stdio, VolumeMounts = [Mount("data", path)] }), null, Reasons.InvalidSpec, "spec.volumeMounts", "choose another path");
        }

        foreach (var path in new[] { "/", "//", "/dev", "/dev/log", "/var/run/secrets/kubernetes.io/serviceaccount" })
        {
            yield return Case<MountPathTaken>(path, With(s => s with { VolumeMounts = [Mount("data", path)] }), null, Reasons.InvalidSpec, "spec.volumeMounts", "choose another path");
        }

        V1EnvVar[] home = [new() { Name = "HOME", Value = "/" }];
        yield return Case<VariableTwice>("all different", With(s => s with { Env = home, Secrets = [new() { Name = "s", Key = "TOKEN" }, new() { Name = "s", Key = "k", TargetEnvName = "KEY" }] }));
        yield return Case<VariableTwice>("differ by case", With(s => s with { Env = home, Secrets = [new() { Name = "s", Key = "home" }] }));
        yield return Case<VariableTwice>("env twice", With(s => s with { Env = [.. home, .. home] }), null, Reasons.InvalidSpec, "spec.env", "remove one");
        yield return Case<VariableTwice>("env and a secret's key", With(s => s with { Env = home, Secrets = [new() { Name = "s", Key = "HOME" }] }), null, Reasons.InvalidSpec, "spec.secrets", "targetEnvName");
        yield return Case<VariableTwice>("two secrets", With(s => s with { Secrets = [new() { Name = "a", Key = "k", TargetEnvName = "X" }, new() { Name = "b", Key = "k", TargetEnvName = "X" }] }), null, Reasons.InvalidSpec, "spec.secrets", "targetEnvName");
        foreach (var name in new[] { "K_SERVICE", "K_CONFIGURATION", "K_REVISION" })
        {
            yield return Case<VariableTwice>(name, With(s => s with { Env = [new() { Name = name, Value = "x" }] }), null, Reasons.InvalidSpec, "spec.env", "Knative");
        }

        var lax = Acme with
        {
            Access = new() { LaxestMode = AccessMode.Open, DefaultDecision = Decision.Allow, RequireSession = false },
            Auth = new() { AllowAnonymous = true },
            Review = new() { Policy = ReviewPolicy.Automatic },
        };
        var all = With(s => s with
        {
            Access = new() { Mode = AccessMode.Open, DefaultDecision = Decision.Allow, RequireSession = false },
            Auth = new() { Type = AuthType.None },
            Review = new() { Policy = ReviewPolicy.Automatic },
        });
        yield return Case<AccessTooWeak>("silent", Good);
        yield return Case<AccessTooWeak>("as lax as permitted", all, lax);
        yield return Case<AccessTooWeak>("stricter", With(s => s with
        {
            Access = new() { Mode = AccessMode.Enforce, DefaultDecision = Decision.Deny, RequireSession = true },
            Auth = new() { Type = AuthType.OIDC },
            Review = new() { Policy = ReviewPolicy.Required },
        }), lax);
        yield return Case<AccessTooWeak>("as the configuration's own mode", With(s => s with { Access = new() { Mode = AccessMode.Observe } }), Acme with { Access = new() { Mode = AccessMode.Observe } });
        yield return Case<AccessTooWeak>("mode", With(s => s with { Access = new() { Mode = AccessMode.Observe } }), null, Reasons.AccessTooWeak, "spec.access.mode", "access.laxestMode");
        yield return Case<AccessTooWeak>("decision", With(s => s with { Access = new() { DefaultDecision = Decision.Allow } }), null, Reasons.AccessTooWeak, "spec.access.defaultDecision", "remove the field or be at least as strict");
        yield return Case<AccessTooWeak>("session", With(s => s with { Access = new() { RequireSession = false } }), null, Reasons.AccessTooWeak, "spec.access.requireSession", "remove the field");
        yield return Case<AccessTooWeak>("anonymous", With(s => s with { Auth = new() { Type = AuthType.None } }), null, Reasons.AccessTooWeak, "spec.auth.type", "auth.allowAnonymous");
        yield return Case<AccessTooWeak>("review", With(s => s with { Review = new() { Policy = ReviewPolicy.Automatic } }), null, Reasons.AccessTooWeak, "spec.review.policy", "review.policy");
    }

    [TestCaseSource(nameof(Cases))]
    public void A_rule_accepts_or_says_what_to_do(IPolicy<Review<MCPServer>> policy, MCPServer server, OperatorConfiguration configuration, string? reason, string field, string fix)
    {
        var violations = policy.Check(new Review<MCPServer>(server, "acme", configuration)).ToList();

        if (reason is null)
        {
            violations.Should().BeEmpty();
        }
        else
        {
            violations.Should().ContainSingle().Which.Should().Match<Violation>(v => v.Reason == reason && v.Field == field);
            violations[0].Message.Should().Contain(fix);
            violations[0].ToString().Should().StartWith(field + ": ");
        }
    }

    [Test]
    public void All_weaknesses_are_told_at_once()
    {
        var weak = With(s => s with
        {
            Access = new() { Mode = AccessMode.Open, DefaultDecision = Decision.Allow, RequireSession = false },
            Auth = new() { Type = AuthType.None },
            Review = new() { Policy = ReviewPolicy.Automatic },
        });

        new AccessTooWeak().Check(new(weak, "acme", Acme)).Select(v => v.Field)
            .Should().Equal("spec.access.mode", "spec.access.defaultDecision", "spec.access.requireSession", "spec.auth.type", "spec.review.policy");
    }

    [Test]
    public void No_rule_hides_another()
    {
        var bad = Named(new string('a', 64)) with { Spec = Good.Spec with { Image = "evil.com/x", TargetPort = 8012, Scaling = new() { MinScale = 9, MaxScale = 1 } } };
        var review = new Review<MCPServer>(bad, "acme", Acme);

        MCPServerPolicies.Image.Check(review).Select(v => v.Reason).Should().Equal(Reasons.ImageNotPinned, Reasons.RegistryNotAllowed);
        MCPServerPolicies.Spec.Check(review).Select(v => v.Reason).Should().Equal(Reasons.NameTooLong, Reasons.PortReserved, Reasons.InvalidSpec);
    }
}
