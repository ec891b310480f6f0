using McpOperator.Admission.Policies.MCPAccessGrants;
using McpOperator.Admission.Policies.MCPAgentSessions;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Admission.Policies.MCPToolConfigs;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using Servers = McpOperator.Admission.Policies.MCPServers;
using ToolConfigs = McpOperator.Admission.Policies.MCPToolConfigs;
using Grants = McpOperator.Admission.Policies.MCPAccessGrants;
using Sessions = McpOperator.Admission.Policies.MCPAgentSessions;

namespace McpOperator.Admission.Tests;

/// <summary>Rules that look at more than one server's spec, and those about the other kinds.</summary>
public sealed class PoliciesTests
{
    private static readonly DateTime Now = new(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static Review<T> Review<T>(T item, T? old = null, OperatorConfiguration? configuration = null, ReviewSurroundings? around = null) where T : KubernetesEntity =>
        new(item, "acme", configuration ?? new())
        {
            Old = old,
            Operation = old is null ? Operation.Create : Operation.Update,
            Now = Now,
            Around = around ?? ReviewSurroundings.Unknown,
        };

    private static TestCaseData Case<T>(IPolicy<Review<T>> policy, string what, Review<T> review, string? reason = null, string field = "", string fix = "") where T : KubernetesEntity =>
        new TestCaseData(policy.GetType(), () => policy.Check(review).ToList(), reason, field, fix).SetArgDisplayNames($"{typeof(T).Name} {policy.GetType().Name}: {what}");

    private static IEnumerable<TestCaseData> Cases() => [.. ServerCases(), .. StampCases(), .. DecisionCases(), .. ToolConfigCases(), .. GrantCases(), .. SessionCases()];

    private static MCPServer Server(Func<MCPServerSpec, MCPServerSpec>? change = null)
    {
        var spec = new MCPServerSpec { Image = "ghcr.io/acme/x" };
        return new() { Metadata = new() { Name = "weather", NamespaceProperty = "team-a" }, Spec = change is null ? spec : change(spec) };
    }

    private static ToolDeclaration[] Tools(params string[] names) => [.. names.Select(name => new ToolDeclaration { Name = name })];

    private static OperatorConfiguration Quota(QuotaMode mode, int servers, int tools) =>
        new() { Quotas = new() { Mode = mode, Default = new() { MaxServersPerTenant = 99, MaxToolsPerServer = 99 }, Tenants = new Dictionary<string, TenantQuota> { ["acme"] = new() { MaxServersPerTenant = servers, MaxToolsPerServer = tools } } } };

    private static MCPToolConfig Config(string[]? filter = null, params (string Tool, ToolOverride Other)[] overrides) => new()
    {
        Metadata = new() { Name = "tools", NamespaceProperty = "team-a" },
        Spec = new() { ToolsFilter = filter, ToolsOverride = overrides.Length == 0 ? null : overrides.ToDictionary(o => o.Tool, o => o.Other) },
    };

    private static IEnumerable<TestCaseData> ServerCases()
    {
        var enforced = new ServersOverQuota(QuotaMode.Enforced);
        ReviewSurroundings Before(int count) => new() { ServersBefore = count };
        yield return Case(enforced, "one left", Review(Server(), null, Quota(QuotaMode.Enforced, 3, 9), Before(2)));
        yield return Case(enforced, "none left", Review(Server(), null, Quota(QuotaMode.Enforced, 3, 9), Before(3)), Reasons.QuotaExceeded, "metadata.name", "quotas.tenants.acme.maxServersPerTenant");
        yield return Case(enforced, "a change", Review(Server(), Server(), Quota(QuotaMode.Enforced, 3, 9), Before(3)));
        yield return Case(enforced, "unbounded", Review(Server(), null, Quota(QuotaMode.Unbounded, 3, 9), Before(3)));
        yield return Case(enforced, "not counted", Review(Server(), null, Quota(QuotaMode.Enforced, 0, 9)));
        yield return Case(new ServersOverQuota(QuotaMode.Unbounded), "told all the same", Review(Server(), null, Quota(QuotaMode.Unbounded, 3, 9), Before(3)), Reasons.QuotaExceeded, "metadata.name", "raised");

        var tools = new ToolsOverQuota(QuotaMode.Enforced);
        var (two, three) = (Server(s => s with { Tools = Tools("a", "b") }), Server(s => s with { Tools = Tools("a", "b", "c") }));
        yield return Case(tools, "within", Review(two, null, Quota(QuotaMode.Enforced, 9, 2)));
        yield return Case(tools, "over", Review(three, null, Quota(QuotaMode.Enforced, 9, 2)), Reasons.QuotaExceeded, "spec.tools", "split the server");
        yield return Case(tools, "shrunk, though not enough", Review(two, three, Quota(QuotaMode.Enforced, 9, 1)));
        yield return Case(tools, "grown", Review(three, two, Quota(QuotaMode.Enforced, 9, 1)), Reasons.QuotaExceeded, "spec.tools", "maxToolsPerServer");

        foreach (var effect in new[] { SignatureEffect.Refuse, SignatureEffect.Warn })
        {
            var policy = new ImageNotVerified(effect);
            yield return Case(policy, $"{effect}: nobody looked", Review(Server()));
            yield return Case(policy, $"{effect}: good", Review(Server(), around: new() { Signature = new(SignatureEffect.Accept, Reasons.SignatureVerified, "") }));
            yield return Case(policy, $"{effect}: bad", Review(Server(), around: new() { Signature = new(effect, Reasons.SignatureMissing, "sign it") }), Reasons.SignatureMissing, "spec.image", "sign it");
        }

        yield return Case(new PathUnused(), "http", Review(Server(s => s with { Path = "/mcp" })));
        yield return Case(new PathUnused(), "stdio", Review(Server(s => s with { Path = "/mcp", Transport = Transport.Stdio })), Reasons.InvalidSpec, "spec.path", "remove spec.path");
        foreach (var path in new[] { "/", "/mcp", "/mcp/", "/a.b/..c" })
        {
            yield return Case(new PathNotPlain(), path, Review(Server(s => s with { Path = path })));
        }

        foreach (var path in new[] { "/a/../b", "/./a", "//a", "/a//b", "/.." })
        {
            yield return Case(new PathNotPlain(), path, Review(Server(s => s with { Path = path })), Reasons.InvalidSpec, "spec.path", "write the plain path");
        }

        yield return Case(new VariableInvalid(), "a name", Review(Server(s => s with { Secrets = [new() { Name = "s", Key = "TOKEN" }, new() { Name = "s", Key = "2fa", TargetEnvName = "TWO" }] })));
        yield return Case(new VariableInvalid(), "a digit", Review(Server(s => s with { Secrets = [new() { Name = "s", Key = "2fa" }] })), Reasons.InvalidSpec, "spec.secrets[0].key", "targetEnvName");

        var named = new PlatformObjectNamed();
        yield return Case(named, "its own", Review(Server(s => s with { ServiceAccountName = "weather", Secrets = [new() { Name = "weather", Key = "k" }] })));
        yield return Case(named, "the proxy's account", Review(Server(s => s with { ServiceAccountName = "weather-mcp" })), Reasons.InvalidSpec, "spec.serviceAccountName", "name an account of yours");
        yield return Case(named, "by secrets", Review(Server(s => s with { Secrets = [new() { Name = "weather-mcp-session", Key = "key" }] })), Reasons.InvalidSpec, "spec.secrets[0].name", "name a Secret of yours");
        yield return Case(named, "by env", Review(Server(s => s with { Env = [new() { Name = "K", ValueFrom = new() { SecretKeyRef = new() { Name = "other-mcp-session", Key = "key" } } }] })), Reasons.InvalidSpec, "spec.env[0].valueFrom.secretKeyRef.name");
        yield return Case(named, "by envFrom", Review(Server(s => s with { EnvFrom = [new() { SecretRef = new() { Name = "weather-mcp-session" } }] })), Reasons.InvalidSpec, "spec.envFrom[0].secretRef.name");
        yield return Case(named, "by a volume", Review(Server(s => s with { Volumes = [new() { Name = "v", Secret = new() { SecretName = "weather-mcp-session" } }] })), Reasons.InvalidSpec, "spec.volumes[0].secret.secretName");
        yield return Case(named, "by a projection", Review(Server(s => s with { Volumes = [new() { Name = "v", Projected = new() { Sources = [new() { Secret = new() { Name = "weather-mcp-session" } }] } }] })), Reasons.InvalidSpec, "spec.volumes[0].projected.sources[0].secret.name");
        var login = Review(Server(s => s with { Secrets = [new() { Name = "mcp-limits", Key = "password" }] }));
        yield return Case(named, "no login to the counters", login);
        yield return Case(
            named, "the login to the counters", login with { Configuration = login.Configuration with { Quotas = new() { SharedLimits = new() { SecretName = "mcp-limits" } } } },
            Reasons.InvalidSpec, "spec.secrets[0].name", "name a Secret of yours");
        V1Volume token = new() { Name = "v", Projected = new() { Sources = [new() { ServiceAccountToken = new() { Path = "token" } }] } };
        yield return Case(named, "a token of its own account", Review(Server(s => s with { ServiceAccountName = "weather", Volumes = [token] })));
        yield return Case(named, "a token of the proxy's account", Review(Server(s => s with { Volumes = [token] })), Reasons.InvalidSpec, "spec.volumes[0].projected.sources[0].serviceAccountToken", "name one in spec.serviceAccountName");

        yield return Case(new ProfileUnknown(), "none", Review(Server(s => s with { PermissionProfile = new() { Name = "none" } })));
        yield return Case(new ProfileUnknown(), "one's own", Review(Server(s => s with { PermissionProfile = new() { Type = PermissionProfileType.ConfigMap, Name = "mine" } })));
        yield return Case(new ProfileUnknown(), "misspelt", Review(Server(s => s with { PermissionProfile = new() { Name = "non" } })), Reasons.InvalidSpec, "spec.permissionProfile.name", "use none or network");

        yield return Case(new ToolTwice(), "different", Review(two));
        yield return Case(new ToolTwice(), "twice", Review(Server(s => s with { Tools = Tools("a", "b", "a") })), Reasons.ToolNameCollision, "spec.tools[2].name", "keep one");

        var renaming = new ReviewSurroundings { ToolConfig = Config(null, ("a", new() { Name = "b" })) };
        yield return Case(new ScopeReserved(), "none of its own", Review(two));
        yield return Case(new ScopeReserved(), "its own", Review(Server(s => s with { Tools = [Tools("a")[0] with { Scope = "weather:report" }] })));
        yield return Case(new ScopeReserved(), "another server's", Review(Server(s => s with { Tools = [Tools("a")[0] with { Scope = "mcp:team-b:bank:transfer" }] })), Reasons.ScopeReserved, "spec.tools[0].scope", "choose another scope");
        yield return Case(new ScopeReserved(), "OpenID Connect's", Review(Server(s => s with { Tools = [Tools("a")[0] with { Scope = "offline_access" }] })), Reasons.ScopeReserved, "spec.tools[0].scope", "choose another scope");
        yield return Case(new ToolsCollide(), "not", Review(Server(s => s with { Tools = Tools("a", "c") }), around: renaming));
        yield return Case(new ToolsCollide(), "two of a name", Review(two, around: renaming), Reasons.ToolNameCollision, "spec.toolConfigRef.name", "'tools'");
        yield return Case(new ToolConfigMissing(), "offline", Review(Server(s => s with { ToolConfigRef = new() { Name = "tools" } })));
        yield return Case(new ToolConfigMissing(), "missing", Review(Server(s => s with { ToolConfigRef = new() { Name = "tools" } }), around: new() { ReferencesRead = true }), Reasons.NotFound, "spec.toolConfigRef.name", "until it is created");

        yield return Case(new RateLimitIneffective(), "lower", Review(Server(s => s with { RateLimits = new() { ToolCallsPerMinute = 10 } })));
        yield return Case(new RateLimitIneffective(), "higher", Review(Server(s => s with { RateLimits = new() { ToolCallsPerMinute = 601 } })), Reasons.QuotaExceeded, "spec.rateLimits.toolCallsPerMinute", "600 holds");
        yield return Case(new RateLimitIneffective(), "higher for a client", Review(Server(s => s with { RateLimits = new() { ToolCallsPerMinutePerClient = 301 } })), Reasons.QuotaExceeded, "spec.rateLimits.toolCallsPerMinutePerClient", "300 holds");
    }

    private static IEnumerable<TestCaseData> StampCases()
    {
        MCPServer By(string user) => Server() with { Metadata = Server().Metadata with { Annotations = new Dictionary<string, string> { [Annotations.ChangedBy] = user } } };
        yield return Case(new Servers.StampForged(), "right", Review(By("alice")) with { Requester = "alice" });
        yield return Case(new Servers.StampForged(), "nobody asks", Review(By("alice")));
        yield return Case(new Servers.StampForged(), "another's", Review(By("alice")) with { Requester = "bob" }, Reasons.StampForged, $"metadata.annotations[{Annotations.ChangedBy}]", "has to be 'bob'");
        MCPToolConfig Config(string? user) => PoliciesTests.Config() with { Metadata = new() { Name = "tools", Annotations = user is null ? null : new Dictionary<string, string> { [Annotations.ChangedBy] = user } } };
        yield return Case(new ToolConfigs.StampForged(), "right", Review(Config("alice")) with { Requester = "alice" });
        yield return Case(new ToolConfigs.StampForged(), "none", Review(Config(null)) with { Requester = "bob" }, Reasons.StampForged, $"metadata.annotations[{Annotations.ChangedBy}]", "has to be 'bob'");
        yield return Case(new Servers.StampForged(), "kept", Review(By("alice"), By("alice")) with { Requester = "bob", SpecChanged = false });
    }

    private static IEnumerable<TestCaseData> DecisionCases()
    {
        const string Field = $"metadata.annotations[{Annotations.Decision}]";
        var status = new MCPServerStatus
        {
            ObservedGeneration = 5,
            Pending = new() { Version = 3, Image = "x", SurfaceHash = "aa", ChangedBy = ["mallory"] },
            History = [new() { Version = 2, Image = "x", State = VersionState.Active }, new() { Version = 1, Image = "x", State = VersionState.Superseded }],
        };
        MCPServer Old(MCPServerStatus? with = null) => Server() with { Metadata = Server().Metadata with { Generation = 5 }, Status = with ?? status };
        MCPServer Decided(string decision, string? reason = null) => Old() with
        {
            Metadata = Old().Metadata with
            {
                Annotations = new Dictionary<string, string> { [Annotations.Decision] = decision, [Annotations.DecisionReason] = reason ?? "" },
            },
        };
        Review<MCPServer> By(string user, string decision, MCPServerStatus? with = null, string? reason = null, bool? may = true) => Review(Decided(decision, reason), Old(with)) with
        {
            Requester = user,
            SpecChanged = false,
            SealKey = new byte[32],
            Around = new() { MayApprove = may },
        };

        var about = new DecisionInvalid();
        yield return Case(about, "approves what waits", By("rita", "approve:aa"));
        yield return Case(about, "rejects what waits", By("rita", "reject:aa"));
        yield return Case(about, "back to an approved one", By("rita", "rollback:1"));
        yield return Case(about, "nothing is decided", Review(Old(), Old()) with { Requester = "rita", SpecChanged = false });
        yield return Case(about, "no decision", By("rita", "maybe"), Reasons.DecisionInvalid, Field, "write approve:<surfaceHash>");
        yield return Case(about, "no hash", By("rita", "approve:"), Reasons.DecisionInvalid, Field, "write approve:<surfaceHash>");
        yield return Case(about, "another hash", By("rita", "approve:bb"), Reasons.DecisionInvalid, Field, "what waits is aa");
        yield return Case(about, "a part of the hash", By("rita", "approve:a"), Reasons.DecisionInvalid, Field, "what waits is aa");
        yield return Case(about, "nothing waits", By("rita", "approve:aa", status with { Pending = null }), Reasons.DecisionInvalid, Field, "no version waits");
        yield return Case(about, "nobody knows what it says", By("rita", "approve:aa", status with { Pending = status.Pending! with { SurfaceHash = null } }), Reasons.DecisionInvalid, Field, "no version waits");
        yield return Case(about, "after a rejection", By("rita", "approve:aa", status with { Pending = status.Pending! with { Rejected = true } }), Reasons.DecisionInvalid, Field, "proposed again");
        yield return Case(about, "the spec has moved on", By("rita", "approve:aa", status with { ObservedGeneration = 4 }), Reasons.DecisionInvalid, Field, "look again");
        yield return Case(about, "back to what serves", By("rita", "rollback:2"), Reasons.DecisionInvalid, Field, "versions are 1");
        yield return Case(about, "back to nothing", By("rita", "rollback:1", new MCPServerStatus()), Reasons.DecisionInvalid, Field, "nothing can be rolled back");
        yield return Case(about, "a novel", By("rita", "approve:aa", reason: new string('x', 1025)), Reasons.DecisionInvalid, $"metadata.annotations[{Annotations.DecisionReason}]", "be brief");
        yield return Case(about, "no key yet", By("rita", "approve:aa") with { SealKey = null }, Reasons.DecisionInvalid, Field, "try again");
        yield return Case(about, "on a new server", Review(Decided("approve:aa")) with { Requester = "rita", SealKey = new byte[32] }, Reasons.DecisionInvalid, Field, "no version waits");

        yield return Case(new DecisionWithChange(), "alone", By("rita", "approve:aa"));
        yield return Case(new DecisionWithChange(), "with a change", By("rita", "approve:aa") with { SpecChanged = true }, Reasons.DecisionWithChange, Field, "send the change first");
        yield return Case(new DecisionWithChange(), "a change alone", Review(Old(), Old()) with { Requester = "rita" });

        yield return Case(new ReviewerNotAllowed(), "has the right", By("rita", "approve:aa"));
        yield return Case(new ReviewerNotAllowed(), "has it not", By("rita", "approve:aa", may: false), Reasons.ReviewerNotAllowed, Field, "mcp-operator-reviewer");
        yield return Case(new ReviewerNotAllowed(), "nobody could tell", By("rita", "reject:aa", may: null), Reasons.ReviewerNotAllowed, Field, "mcp-operator-reviewer");
        yield return Case(new ReviewerNotAllowed(), "back without the right", By("rita", "rollback:1", may: false), Reasons.ReviewerNotAllowed, Field, "mcp-operator-reviewer");

        yield return Case(new ReviewerIsAuthor(), "another", By("rita", "approve:aa"));
        yield return Case(new ReviewerIsAuthor(), "the author", By("mallory", "approve:aa"), Reasons.ReviewerIsAuthor, Field, "somebody else");
        yield return Case(new ReviewerIsAuthor(), "the author rejects", By("mallory", "reject:aa"));
        yield return Case(new ReviewerIsAuthor(), "two eyes will do", By("mallory", "approve:aa") with { Configuration = new() { Review = new() { FourEyes = false } } });

        IReadOnlyList<SurfaceChange> changes = [new() { Tool = "get", Field = "description", Class = SurfaceChangeClass.Url }, new() { Tool = "get", Field = "scope", Class = SurfaceChangeClass.Narrowing }];
        yield return Case(new Servers.WillBeHeld(), "nothing", Review(Server()));
        yield return Case(new Servers.WillBeHeld(), "words", Review(Server(), around: new() { WillBeHeld = changes }), Reasons.HeldForReview, "spec", "Url in get.description. Approve: mcp-operator review approve weather -n team-a");
        yield return Case(new ToolConfigs.WillBeHeld(), "nothing", Review(PoliciesTests.Config()));
        yield return Case(new ToolConfigs.WillBeHeld(), "two servers", Review(Config(), around: new() { ServersHeld = new Dictionary<string, IReadOnlyList<SurfaceChange>> { ["b"] = changes, ["a"] = changes } }), Reasons.HeldForReview, "spec", "on a and 1 more servers");
    }

    private static IEnumerable<TestCaseData> ToolConfigCases()
    {
        yield return Case(new NamesCollide(), "different", Review(Config(["a", "b"], ("a", new() { Name = "c" }))));
        yield return Case(new NamesCollide(), "two overrides", Review(Config(null, ("a", new() { Name = "c" }), ("b", new() { Name = "c" }))), Reasons.ToolNameCollision, "spec.toolsOverride", "choose another name");
        yield return Case(new NamesCollide(), "in a server", Review(Config(null, ("a", new() { Name = "b" })), around: new() { Users = [Server(s => s with { Tools = Tools("b") })] }), Reasons.ToolNameCollision, "spec.toolsOverride", "MCPServer 'weather'");

        yield return Case(new FilterNamesOverride(), "own name", Review(Config(["a"], ("a", new() { Name = "b" }))));
        yield return Case(new FilterNamesOverride(), "new name", Review(Config(["b"], ("a", new() { Name = "b" }))), Reasons.FilterNamesOverride, "spec.toolsFilter", "write 'a' in the filter");

        yield return Case(new OverrideEmpty(), "a description", Review(Config(null, ("a", new() { Description = "" }))));
        yield return Case(new OverrideEmpty(), "annotations", Review(Config(null, ("a", new() { Annotations = new() { ReadOnlyHint = true } }))));
        yield return Case(new OverrideEmpty(), "nothing", Review(Config(null, ("a", new()))), Reasons.OverrideEmpty, "spec.toolsOverride[a]", "remove the override");
        yield return Case(new OverrideEmpty(), "its own name", Review(Config(null, ("a", new() { Name = "a", Annotations = new() }))), Reasons.OverrideEmpty, "spec.toolsOverride[a]", "remove the override");

        yield return Case(new ToolNameInvalid(), "longest", Review(Config(null, (new string('a', 128), new() { Name = "b" }))));
        foreach (var name in new[] { "", "a b", "ä", new string('a', 129), "a\n" })
        {
            yield return Case(new ToolNameInvalid(), name, Review(Config(null, (name, new() { Name = "b" }))), Reasons.ToolNameInvalid, $"spec.toolsOverride[{name}]", "the server's own name");
        }

        yield return Case(new OverrideHidden(), "shown", Review(Config(["a"], ("a", new() { Name = "b" }))));
        yield return Case(new OverrideHidden(), "no filter", Review(Config(null, ("a", new() { Name = "b" }))));
        yield return Case(new OverrideHidden(), "hidden", Review(Config(["c"], ("a", new() { Name = "b" }))), Reasons.OverrideHidden, "spec.toolsOverride[a]", "add it to the filter");

        var leaving = Server() with { Metadata = Server().Metadata with { DeletionTimestamp = Now } };
        yield return Case(new StillInUse(), "unused", Review(Config()));
        yield return Case(new StillInUse(), "users go too", Review(Config(), around: new() { Users = [leaving] }));
        yield return Case(new StillInUse(), "the namespace goes too", Review(Config(), around: new() { Users = [Server()], NamespaceIsDeleting = true }));
        yield return Case(new StillInUse(), "in use", Review(Config(), around: new() { Users = [leaving, Server()] }), Reasons.StillInUse, "metadata.name", "weather; remove spec.toolConfigRef there first");
    }

    private static MCPAccessGrant Grant(Func<MCPAccessGrantSpec, MCPAccessGrantSpec>? change = null)
    {
        var spec = new MCPAccessGrantSpec { ServerRef = new() { Name = "weather" }, Subjects = [new() { User = "alice" }], AllowedSideEffects = [SideEffect.Read] };
        return new() { Metadata = new() { Name = "grant", NamespaceProperty = "team-a" }, Spec = change is null ? spec : change(spec) };
    }

    private static MCPAccessGrant Redirect(string uri) => Grant(s => s with { OauthClient = new() { ClientId = "c", RedirectUris = ["https://ok.example.com/", uri] } });

    private static IEnumerable<TestCaseData> GrantCases()
    {
        yield return Case(new Grants.SubjectEmpty(), "a user", Review(Grant()));
        yield return Case(new Grants.SubjectEmpty(), "nobody", Review(Grant(s => s with { Subjects = [] })), Reasons.SubjectEmpty, "spec.subjects", "name a user");
        yield return Case(new Grants.SubjectEmpty(), "an empty one", Review(Grant(s => s with { Subjects = [new() { Agent = "a" }, new() { User = "" }] })), Reasons.SubjectEmpty, "spec.subjects[1]", "name a user");

        yield return Case(new GrantsNothing(), "something", Review(Grant()));
        yield return Case(new GrantsNothing(), "disabled", Review(Grant(s => s with { AllowedSideEffects = [], Disabled = true })));
        yield return Case(new GrantsNothing(), "nothing", Review(Grant(s => s with { AllowedSideEffects = [] })), Reasons.GrantsNothing, "spec.allowedSideEffects", "list read");

        yield return Case(new Grants.ExpiryPast(), "later", Review(Grant(s => s with { ExpiresAt = Now.AddSeconds(1) })));
        yield return Case(new Grants.ExpiryPast(), "past since long", Review(Grant(s => s with { ExpiresAt = Now, Disabled = true }), Grant(s => s with { ExpiresAt = Now })));
        yield return Case(new Grants.ExpiryPast(), "past", Review(Grant(s => s with { ExpiresAt = Now })), Reasons.ExpiryPast, "spec.expiresAt", "choose a later time");

        foreach (var uri in new[] { "https://app.example.com/cb?x=1", "http://127.0.0.1:8000/cb", "http://127.9.9.9/", "http://localhost:1/cb", "http://[::1]:8000/cb" })
        {
            yield return Case(new RedirectNotAllowed(), uri, Review(Redirect(uri)));
        }

        foreach (var uri in new[]
        {
            "http://app.example.com/cb", "https://*.example.com/cb", "https://app.example.com/*", "https://app.example.com/cb#x", "https://app.example.com#", "/cb", "app:/cb", "javascript:alert(1)",
            "http://localhost.evil.example/cb", "http://127.0.0.1.evil.example/cb", "https://good.example@evil.example/", "http://localhost@evil.example/", "https://app.example.com/a b", "https:\\\\evil.example",
            "http://[::ffff:8.8.8.8]/", "", "http://0.0.0.0/",
        })
        {
            yield return Case(new RedirectNotAllowed(), uri, Review(Redirect(uri)), Reasons.RedirectNotAllowed, "spec.oauthClient.redirectUris[1]");
        }

        yield return Case(new SecretNameMissing(), "named", Review(Grant(s => s with { OauthClient = new() { ClientId = "c", Confidential = true, SecretName = "s" } })));
        yield return Case(new SecretNameMissing(), "public", Review(Grant(s => s with { OauthClient = new() { ClientId = "c" } })));
        yield return Case(new SecretNameMissing(), "missing", Review(Grant(s => s with { OauthClient = new() { ClientId = "c", Confidential = true } })), Reasons.SecretNameMissing, "spec.oauthClient.secretName", "name one");

        yield return Case(new Grants.ServerMissing(), "there", Review(Grant(), around: new() { ReferencesRead = true, Server = Server() }));
        yield return Case(new Grants.ServerMissing(), "missing", Review(Grant(), around: new() { ReferencesRead = true }), Reasons.NotFound, "spec.serverRef.name", "'weather'");
    }

    private static MCPAgentSession Session(Func<MCPAgentSessionSpec, MCPAgentSessionSpec>? change = null)
    {
        var spec = new MCPAgentSessionSpec { ServerRef = new() { Name = "weather" }, Subject = new() { User = "alice" }, ExpiresAt = Now.AddHours(1) };
        return new() { Metadata = new() { Name = "session", NamespaceProperty = "team-a" }, Spec = change is null ? spec : change(spec) };
    }

    private static IEnumerable<TestCaseData> SessionCases()
    {
        yield return Case(new Sessions.SubjectEmpty(), "an agent", Review(Session(s => s with { Subject = new() { Agent = "a" } })));
        yield return Case(new Sessions.SubjectEmpty(), "nobody", Review(Session(s => s with { Subject = new() })), Reasons.SubjectEmpty, "spec.subject", "name a user");

        yield return Case(new Sessions.ExpiryPast(), "later", Review(Session()));
        yield return Case(new Sessions.ExpiryPast(), "ended by it", Review(Session(s => s with { ExpiresAt = Now }), Session()));
        yield return Case(new Sessions.ExpiryPast(), "past", Review(Session(s => s with { ExpiresAt = Now })), Reasons.ExpiryPast, "spec.expiresAt", "choose a later time");

        yield return Case(new ExpiryTooFar(), "a day", Review(Session(s => s with { ExpiresAt = Now.AddDays(1) })));
        yield return Case(new ExpiryTooFar(), "another limit", Review(Session(s => s with { ExpiresAt = Now.AddDays(9) }), null, new() { Sessions = new() { MaxDurationSeconds = 864000 } }));
        yield return Case(new ExpiryTooFar(), "two days", Review(Session(s => s with { ExpiresAt = Now.AddDays(2) })), Reasons.ExpiryTooFar, "spec.expiresAt", "sessions.maxDurationSeconds");
        yield return Case(new ExpiryTooFar(), "made under another limit", Review(Session(s => s with { ExpiresAt = Now.AddDays(2), Revoked = true }), Session(s => s with { ExpiresAt = Now.AddDays(2) })));

        yield return Case(new ExpiryLater(), "earlier", Review(Session(s => s with { ExpiresAt = Now.AddMinutes(1) }), Session()));
        yield return Case(new ExpiryLater(), "later", Review(Session(s => s with { ExpiresAt = Now.AddHours(2) }), Session()), Reasons.FieldImmutable, "spec.expiresAt", "make a new session");

        yield return Case(new Unrevoked(), "revoked", Review(Session(s => s with { Revoked = true }), Session()));
        yield return Case(new Unrevoked(), "stays", Review(Session(s => s with { Revoked = true }), Session(s => s with { Revoked = true })));
        yield return Case(new Unrevoked(), "comes back", Review(Session(), Session(s => s with { Revoked = true })), Reasons.SessionRevoked, "spec.revoked", "make a new session");

        yield return Case(new IdentityChanged(), "the same", Review(Session(s => s with { Revoked = true }), Session()));
        yield return Case(new IdentityChanged(), "new", Review(Session()));
        yield return Case(new IdentityChanged(), "another server", Review(Session(s => s with { ServerRef = new() { Name = "x" } }), Session()), Reasons.FieldImmutable, "spec.serverRef", "make a new session");
        yield return Case(new IdentityChanged(), "another user", Review(Session(s => s with { Subject = new() { User = "bob" } }), Session()), Reasons.FieldImmutable, "spec.subject", "make a new session");
        yield return Case(new IdentityChanged(), "more trust", Review(Session(s => s with { ConsentedTrust = TrustLevel.High }), Session()), Reasons.FieldImmutable, "spec.consentedTrust", "make a new session");

        yield return Case(new Sessions.ServerMissing(), "offline", Review(Session()));
        yield return Case(new Sessions.ServerMissing(), "missing", Review(Session(), around: new() { ReferencesRead = true }), Reasons.NotFound, "spec.serverRef.name", "'weather'");
    }

    [TestCaseSource(nameof(Cases))]
    public void A_rule_accepts_or_says_what_to_do(Type policy, Func<List<Violation>> check, string? reason, string field, string fix)
    {
        var violations = check();

        if (reason is null)
        {
            violations.Should().BeEmpty($"{policy.Name} has nothing against it");
        }
        else
        {
            violations.Should().ContainSingle().Which.Should().Match<Violation>(v => v.Reason == reason && v.Field == field);
            violations[0].Message.Should().Match($"*{fix}*");
        }
    }

    private static IEnumerable<Type> AllPolicies() =>
        typeof(IPolicy<>).Assembly.GetTypes().Where(t => t is { IsAbstract: false, IsClass: true } && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IPolicy<>)));

    private static IEnumerable<object> Listed<T>(PolicySet<T> set) where T : KubernetesEntity => [.. set.Spec, .. set.Always, .. set.Warnings, .. set.Deletion];

    [TestCaseSource(nameof(AllPolicies))]
    public void Every_rule_runs_and_has_a_case_that_it_accepts_and_one_that_it_refuses(Type policy)
    {
        object[] listed = [.. Listed(MCPServerPolicies.All), .. Listed(MCPToolConfigPolicies.All), .. Listed(MCPAccessGrantPolicies.All), .. Listed(MCPAgentSessionPolicies.All)];
        // One that refuses in one mode and warns in another stands in two lists.
        listed.Count(p => p.GetType() == policy).Should().Be(policy.GetConstructor([]) is null ? 2 : 1, "a rule that stands in no list never runs");

        var cases = Cases().Select(c => ((Type)c.Arguments[0]!, c.Arguments[2]))
            .Concat(MCPServerPoliciesTests.Cases().Select(c => (c.Arguments[0]!.GetType(), c.Arguments[3])))
            .Where(c => c.Item1 == policy).ToList();
        cases.Should().Contain(c => c.Item2 == null, "it has to accept something");
        cases.Should().Contain(c => c.Item2 != null, "it has to refuse something");
    }

    [Test]
    public void Only_what_an_operation_concerns_runs()
    {
        var bad = Session(s => s with { Subject = new(), Revoked = false });
        var revoked = Session(s => s with { Revoked = true });
        MCPAgentSessionPolicies.All.Check(Review(bad, revoked)).Violations.Should().HaveCount(3);
        MCPAgentSessionPolicies.All.Check(Review(bad, revoked) with { SpecChanged = false }).IsAccepted.Should().BeTrue();
        MCPAgentSessionPolicies.All.Check(Review(bad with { Metadata = bad.Metadata with { DeletionTimestamp = Now } }, revoked)).IsAccepted.Should().BeTrue();
        MCPAgentSessionPolicies.All.Check(Review(bad) with { Operation = Operation.Delete }).IsAccepted.Should().BeTrue();
    }
}
