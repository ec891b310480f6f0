using McpOperator.TestKit;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace McpOperator.Integration.Tests;

/// <summary>
/// The operators of all these tests run with the rights that are shipped, and the API servers recorded what they asked: nothing was
/// denied, and nothing is granted that nobody uses. Runs last.
/// </summary>
[Order(1000)]
public sealed class RightsTests
{
    /// <summary>Rights whose use these tests cannot see, and why they are needed all the same.</summary>
    private static readonly Dictionary<string, string> Unseen = new()
    {
        ["update mcpservers/finalizers.mcpoperator.io"] = "OpenShift's admission asks for it when a child names its owner with blockOwnerDeletion",
        ["get mutatingwebhookconfigurations.admissionregistration.k8s.io"] = "the operators here register by URL; the chart's tests do by Service",
        ["get validatingwebhookconfigurations.admissionregistration.k8s.io"] = "as above",
        ["patch mutatingwebhookconfigurations.admissionregistration.k8s.io"] = "as above",
        ["patch validatingwebhookconfigurations.admissionregistration.k8s.io"] = "as above",
        ["update secrets"] = "the webhooks' certificate is renewed after weeks",
        ["get namespaces"] = "admission asks when a request is quicker than the watch",
        ["get mcptoolconfigs.mcpoperator.io"] = "as above",
    };

    private static IEnumerable<AuditedRequest> Requests => Suite.Cluster.Audit.RequestsOf(Cluster.OperatorUser).Concat(Cluster.PastRequests);

    [Test, Order(0)]
    public void All_others_run_before() => GetType().Assembly.GetTypes()
        .Where(t => t != GetType() && t is { IsAbstract: false } && t.GetMethods().Any(m => m.IsDefined(typeof(TestAttribute), true) || m.IsDefined(typeof(TestCaseAttribute), true)) && !t.IsDefined(typeof(OrderAttribute), false))
        .Should().BeEmpty("fixtures without an order run after all that have one");

    /// <summary>An API server that has just started denies everything, until it has read the roles; what it allows later is no missing right.</summary>
    [Test, Order(1)]
    public void Nothing_was_denied()
    {
        var allowed = Requests.Where(r => !r.IsForbidden).Select(Right).ToHashSet();

        Requests.Where(r => r.IsForbidden && !allowed.Contains(Right(r))).Select(r => r.ToString()).Distinct().Should().BeEmpty(
            "code that needs a right declares it with [EntityRbac], and `make generate` writes it into config/rbac/role.yaml");

        static (string, string, string?, bool) Right(AuditedRequest r) => (r.Verb, r.Resource, r.Subresource, r.Namespace.Length > 0);
    }

    [Test, Order(2)]
    public void Nothing_is_granted_that_nobody_uses()
    {
        var all = Everything(TestExecutionContext.CurrentContext.CurrentTest).TestCaseCount;
        Assume.That(CountTestsAttribute.Ran, Is.EqualTo(all), "some tests were left out of this run, and the rights that only they use look unused");

        var granted = YamlJson.ReadAll(Path.Combine(Repository.Root, "config", "rbac", "role.yaml")).SelectMany(role => role!["rules"]!.AsArray()).SelectMany(rule =>
            from g in rule!["apiGroups"]!.AsArray()
            from r in rule["resources"]!.AsArray()
            from v in rule["verbs"]!.AsArray()
            select $"{v} {r}{(g!.ToString().Length > 0 ? "." + g : "")}");
        var used = Requests.Select(r => r.Resource.Split('.', 2) is [var plural, var group] ? $"{r.Verb} {plural}{Part(r)}.{group}" : $"{r.Verb} {r.Resource}{Part(r)}").ToHashSet();
        granted.Distinct().Where(g => !used.Contains(g) && !Unseen.ContainsKey(g)).Should().BeEmpty("every right needs a use");

        static string Part(AuditedRequest request) => request.Subresource is { Length: > 0 } part ? "/" + part : "";
    }

    private static ITest Everything(ITest test) => test.Parent is { } parent ? Everything(parent) : test;
}
