"""What each guard says when it holds, in Chinese and English: explanations print it."""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.entities.catalogue import Label

TITLES: Mapping[str, Label] = MappingProxyType(
    {
        "certificate_is_registered": Label(
            "TLS 证书已由单位登记。", "The TLS certificate is registered for the department."
        ),
        "certificate_is_not_revoked": Label("TLS 证书未被吊销。", "The TLS certificate is not revoked."),
        "token_is_valid": Label("访问令牌有效。", "The access token is valid."),
        "token_is_bound": Label("访问令牌与当前连接匹配。", "The access token belongs to this connection."),
        "department_is_active": Label("单位已登记且处于启用状态。", "The department is registered and active."),
        "department_has_role": Label("单位具备所需角色。", "The department has the role that the call needs."),
        "request_is_fresh": Label("请求未被重放。", "The request is fresh."),
        "request_is_within_token": Label(
            "请求未超出令牌声明的授权范围。", "The request stays within the token's authorization details."
        ),
        "purpose_is_open_to_department": Label("单位可以声明该用途。", "The department may declare the purpose."),
        "operator_is_active": Label("操作员已登记且处于启用状态。", "The operator is registered and active."),
        "operator_has_role": Label("操作员具备所需角色。", "The operator has the role that the call needs."),
        "login_is_strong": Label("操作员登录的认证等级足够。", "The operator's login is strong enough."),
        "purpose_is_open_to_operator": Label("操作员可以声明该用途。", "The operator may declare the purpose."),
        "case_exists": Label("办件存在。", "The case exists."),
        "case_is_open": Label("办件处于办理中。", "The case is open."),
        "case_is_in_its_window": Label("办件未超过期限。", "The case's deadline has not passed."),
        "case_is_handled_by_caller": Label(
            "办件由调用单位办理或已委托其受理。", "The caller handles the case or is delegated to."
        ),
        "caller_does_more_than_collect": Label(
            "调用单位并非仅负责异地代收。", "The caller does more than collect the case for another region."
        ),
        "case_was_handed_over": Label(
            "异地代收的办件已移交办理单位。", "The case was handed over, or not collected for another region."
        ),
        "case_is_assured": Label("办件的可信等级达到材料要求。", "The case is as assured as the evidence demands."),
        "catalogue_is_current": Label(
            "目录签名有效且不旧于办件所依据的版本。", "The catalogue is signed and not older than the case."
        ),
        "guide_is_in_force": Label("事项的实施清单有效。", "The matter has a guide in force."),
        "department_implements": Label(
            "调用单位是事项的实施机构或受其委托。", "The caller implements the matter or is delegated to."
        ),
        "evidence_is_required": Label(
            "实施清单要求办件当事人提供该材料。", "The guide asks for this evidence of a party of the case."
        ),
        "situation_needs_evidence": Label("所选情形需要该材料。", "The chosen situations need this evidence."),
        "evidence_is_outstanding": Label("该材料尚待取得。", "The evidence is still outstanding."),
        "requirement_is_not_withdrawn": Label(
            "现行实施清单仍要求该材料。", "The guide in force still asks for this evidence."
        ),
        "fields_are_in_guide": Label(
            "请求的字段在实施清单范围内。", "The fields asked for are fields of the guide's line."
        ),
        "fields_are_not_prohibited": Label(
            "所请求字段未被禁止用于该用途。", "No field is prohibited for this purpose."
        ),
        "holder_is_not_restricted": Label(
            "持证主体信息未被限制用于该用途。", "No restriction on the holder forbids this purpose."
        ),
        "type_is_shared": Label("该类证照可以共享。", "The licence type is shared."),
        "agreement_exists": Label("已有共享协议或无须协议。", "There is an agreement, or none is needed."),
        "agreement_covers_call": Label(
            "如须协议，协议覆盖调用单位、类型、事项和日期。",
            "The agreement, if needed, covers requester, type, matter and day.",
        ),
        "agreement_covers_fields": Label(
            "如须协议，协议覆盖所请求字段。", "The agreement, if needed, covers the fields."
        ),
        "basis_is_lawful": Label("实施清单载明了法定依据。", "The guide names a lawful basis."),
        "consent_exists": Label("已有授权或无须授权。", "There is a consent, or none is needed."),
        "consent_covers_call": Label(
            "如须授权，授权覆盖办件、当事人、材料和时间。",
            "The consent, if needed, covers case, party, evidence and time.",
        ),
        "consent_covers_fields": Label("如须授权，授权覆盖所请求字段。", "The consent, if needed, covers the fields."),
        "consent_is_not_revoked": Label("如须授权，授权未被撤回。", "The consent, if needed, is not revoked."),
        "consent_has_uses": Label("如须授权，授权次数尚未用完。", "The consent, if needed, has uses left."),
        "agent_is_authorised": Label(
            "当事人本人办理或代办人已获授权。", "The party acts itself or its agent is authorised."
        ),
        "agent_may_use_evidence": Label(
            "如由代办人办理，其授权覆盖该材料。", "The agent's authority, if any, covers the evidence."
        ),
        "agent_authority_is_in_its_window": Label(
            "如由代办人办理，其授权未过期。", "The agent's authority, if any, has not expired."
        ),
        "agent_authority_is_not_revoked": Label(
            "如由代办人办理，其授权未被撤销。", "The agent's authority, if any, was not taken back."
        ),
        "agent_authority_is_shown": Label(
            "如由法定代表人、经办人或监护人办理，证照或材料载明其身份。",
            "What a legal representative, handler or guardian rests on shows it today.",
        ),
        "ward_is_a_minor": Label(
            "如由监护人办理，被监护人未满18周岁。", "The ward of a guardian, if any, is under 18."
        ),
        "clerk_is_not_agent": Label("经办人不是代办人。", "The clerk is not the agent."),
        "caller_is_not_locked_out": Label("操作员未被锁定。", "The operator is not locked out."),
        "hourly_limit_is_not_reached": Label("未达到每小时调用上限。", "The hourly limit is not reached."),
        "uses_are_left": Label(
            "本办件调用该材料未超过次数上限。", "The evidence was not fetched too often in this case."
        ),
        "holders_match_cases": Label(
            "当日调取的持证主体数量与办件数量相称。", "The people read today match the cases opened or claimed today."
        ),
        "session_is_the_holders": Label(
            "会话属于持证主体本人且未过期。", "The session is the holder's own and has not expired."
        ),
        "session_is_strong": Label("持证主体登录的认证等级足够。", "The holder's login is strong enough."),
        "fields_are_of_type": Label(
            "请求的字段属于该证照类型。", "The fields asked for are fields of the licence type."
        ),
        "mandate_is_the_callers": Label(
            "审计授权属于调用单位且在有效期内。", "The mandate is the caller's and in force."
        ),
        "mandate_covers_departments": Label(
            "审计授权覆盖所查询的单位。", "The mandate covers the departments asked about."
        ),
        "no_field_is_asked": Label("未请求证照数据。", "No licence data is asked for."),
        "task_is_the_callers": Label("检查任务属于调用单位。", "The task is the caller's."),
        "task_is_open": Label("检查任务进行中且在期限内。", "The task is open and in its window."),
        "task_matter_is_supervised": Label(
            "检查任务的事项由调用单位监管。", "The task is about a matter that the caller supervises."
        ),
        "task_covers_type": Label("检查任务涉及该类证照。", "The task covers the licence type."),
        "task_has_uses": Label("检查任务的调取次数尚未用完。", "The task has uses left."),
        "letter_is_the_callers": Label("协查函列明调用单位。", "The letter names the caller."),
        "letter_is_approved": Label("颁发机构已同意协查函。", "The issuer agreed to the letter."),
        "letter_is_in_its_window": Label("协查函在有效期内。", "The letter is in its window."),
        "letter_covers_type": Label("协查函请求该类证照。", "The letter covers the licence type."),
        "letter_cites_law": Label("协查函载明法律依据。", "The letter cites its legal reference."),
        "letter_has_uses": Label("协查函使用次数尚未用完。", "The letter has uses left."),
        "dispute_is_the_callers": Label("调用单位是异议的一方。", "The caller is a side of the dispute."),
        "dispute_is_open": Label("异议尚未答复且在期限内。", "The dispute is open and in its window."),
        "dispute_covers_type": Label("异议涉及该类证照。", "The dispute covers the licence type."),
        "incident_is_the_callers": Label("紧急事件由调用单位申报。", "The incident was declared by the caller."),
        "incident_is_running": Label(
            "紧急事件未结束且未超过 30 分钟。", "The incident is running, for at most 30 minutes."
        ),
        "incident_is_watched": Label(
            "紧急事件已经第二人确认或已即时报告。", "A second person agreed, or the alert was sent."
        ),
        "reviews_are_not_overdue": Label(
            "操作员没有逾期未复核的紧急事件。", "No review of the operator's incidents is overdue."
        ),
        "incident_covers_type": Label("紧急事件的范围包括该类证照。", "The incident covers the licence type."),
        "incident_has_reason": Label("紧急事件载明事由代码。", "The incident names its reason code."),
        "fields_are_in_profile": Label(
            "请求的字段在任务、协查函、异议或事件的范围内。", "The fields asked for are in the object's profile."
        ),
        "licence_is_found": Label("持证主体持有该类证照。", "The holder has a licence of this type."),
        "licence_is_active": Label("证照有效。", "The licence is active and valid."),
        "status_is_fresh": Label("证照状态信息足够新。", "The licence's status is known freshly enough."),
        "credential_is_intact": Label("存储的证照与其摘要一致。", "The stored credential matches its digest."),
        "signature_verifies": Label("证照签名验证通过。", "The credential's signature verifies."),
        "no_licence_is_read": Label("该用途可以调取证照数据。", "The purpose may read licences."),
    }
)
"""By the name of the guard's rule."""
