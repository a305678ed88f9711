package ra

// Code is the stable name of an error that a person can meet. Kiosk, console and API show the same code; the words
// for each stand in the catalogues under "error.<code>".
type Code string

// What can be wrong with what a person entered.
const (
	CodeRequired             Code = "required"
	CodeTooLong              Code = "too_long"
	CodeMismatch             Code = "mismatch" // two entries of the same thing differ
	CodeCreditCodeLength     Code = "credit_code_length"
	CodeCreditCodeLetter     Code = "credit_code_letter"     // args: position (from 1), letter
	CodeCreditCodeCheck      Code = "credit_code_check"      // a doubt
	CodeCreditCodeBody       Code = "credit_code_body"       // a remark: the organisation code inside ends wrong
	CodeCreditCodePerson     Code = "credit_code_person"     // it is an identity number
	CodeCreditCodeOld        Code = "credit_code_old"        // a registration number of before the credit code
	CodeCreditCodeRegion     Code = "credit_code_region"     // a doubt: characters 2 to 8 are no kind of organisation and region
	CodeCreditCodeDepartment Code = "credit_code_department" // no code begins so
	CodeCharacter            Code = "character"              // one that nobody sees, or that belongs into no name; args: character
	CodeUnprintable          Code = "unprintable"            // one that the hall's paper cannot carry; args: character
	CodeNameOdd              Code = "name_odd"               // a doubt
	CodeAge                  Code = "age"                    // a doubt; args: age
	CodeIDNumberLength       Code = "id_number_length"
	CodeIDNumberDate         Code = "id_number_date"
	CodeIDNumberRegion       Code = "id_number_region"
	CodeIDNumberCheck        Code = "id_number_check"
	CodeIDNumberOld          Code = "id_number_old"   // the 15 digits of before 1999
	CodeIDNumberShape        Code = "id_number_shape" // not as numbers of this document are
	CodeIDNumberOther        Code = "id_number_other" // another kind of document's
	CodeMobileCountry        Code = "mobile_country"  // of a country whose numbers are not taken here
	CodeMobile               Code = "mobile"
	CodeEmail                Code = "email"
	CodeLoginName            Code = "login_name"
	CodePasswordWeak         Code = "password_weak"
	CodeTaxNumber            Code = "tax_number"
	CodeBankAccount          Code = "bank_account"
	CodeAgreementUnread      Code = "agreement_unread"
	CodeQuantity             Code = "quantity" // args: max
	CodeNothingChosen        Code = "nothing_chosen"
	CodePINTooShort          Code = "pin_too_short" // args: min
	CodePINTooLong           Code = "pin_too_long"  // args: max
	CodePINCharacters        Code = "pin_characters"
	CodePINPersonal          Code = "pin_personal" // a date of birth, a number of theirs
	CodePINSerial            Code = "pin_serial"   // a piece of the number that is printed on the key
	CodePINTrivial           Code = "pin_trivial"
	CodeInvalid              Code = "invalid"
	CodeTooManyCharacters    Code = "too_many_characters"
)

// People, sessions, codes.
const (
	CodeLoginTaken        Code = "login_taken"
	CodeLoginKnown        Code = "login_known"        // a registration with a known login and another password; args: left
	CodeMobileDiffers     Code = "mobile_differs"     // not the one registered with the login; args: mobile (masked)
	CodeMembershipUnset   Code = "membership_unset"   // which organisation the session is for was not chosen
	CodeMembershipClaimed Code = "membership_claimed" // no review has confirmed yet that they act for the organisation
	CodeLoginWrong        Code = "login_wrong"        // name or password; args: left
	CodeLoginPaused       Code = "login_paused"       // too many wrong passwords; args: minutes
	CodeSessionOver       Code = "session_over"
	CodeForbidden         Code = "forbidden"
	CodeAuthCodeWrong     Code = "auth_code_wrong" // args: left
	CodeAuthCodeUsedUp    Code = "auth_code_used_up"
	CodeAuthCodeExpired   Code = "auth_code_expired"
	CodeAuthCodePaused    Code = "auth_code_paused" // too many wrong ones for this key or at this kiosk; args: minutes
	CodeSMSCodeWrong      Code = "sms_code_wrong"   // one that proves a mobile, or sets a forgotten password; args: left
	CodeSMSCodeOver       Code = "sms_code_over"    // used, too old, or none was sent
	CodeSMSPaused         Code = "sms_paused"       // too many were asked for, or were wrong; args: minutes
	CodePasswordFresh     Code = "password_fresh"   // set anew by a code: no work on a key for a day; args: hours
	CodeTicketDead        Code = "ticket_dead"      // another kiosk has the operation, or nobody
	CodePresenceOver      Code = "presence_over"    // the person has to be proven again
	CodeMandateOver       Code = "mandate_over"     // what a customer left with the kiosk may not be done (any more); args: why
	CodeEnrolmentCode     Code = "enrolment_code"
	CodeKioskUnknown      Code = "kiosk_unknown"
	CodeKioskBlocked      Code = "kiosk_blocked"
	CodeRenewalEarly      Code = "renewal_early"  // a kiosk has no need of another certificate yet; args: from
	CodePasswordWrong     Code = "password_wrong" // the old one, when a new one is set
	CodePasswordSame      Code = "password_same"  // the new one is the old one
	// A key that somebody logs in with.
	CodeKeySession           Code = "key_session"            // logged in with a key: a person has to log in for this
	CodeKeyNoCertificate     Code = "key_no_certificate"     // none on it that this hall made for it
	CodeKeyOtherProject      Code = "key_other_project"      // its project is not offered here, or is not the one in hand
	CodeKeyOtherOrganisation Code = "key_other_organisation" // it is not of the organisation that is to be confirmed
	CodeKeySuspended         Code = "key_suspended"          // its certificate is
	CodeKeyRevoked           Code = "key_revoked"            // its certificate is, or another took its place
	CodeKeyExpired           Code = "key_expired"            // its certificate's time is over; args: until
	CodeKeyAway              Code = "key_away"               // it was pulled before it had signed
)

// Orders and materials.
const (
	CodeNotFound          Code = "not_found"
	CodeState             Code = "state"         // the thing is not in a state that allows this
	CodeConflict          Code = "conflict"      // somebody else changed it meanwhile
	CodePaperUnread       Code = "paper_unread"  // the scanned paper has no code of an order
	CodeSlipNumber        Code = "slip_number"   // it is no order's
	CodeOrderSession      Code = "order_session" // the session is about one order; for this a person logs in
	CodeSlipUnknown       Code = "slip_unknown"  // args: number; none of the orders of who asks, at this hall
	CodePaperOther        Code = "paper_other"   // args: number of the order that the scanned paper is of
	CodePaperOld          Code = "paper_old"     // the scanned paper was printed before the order's data changed
	CodePaperVersion      Code = "paper_version" // the scanned paper has the words of before
	CodeMaterialMissing   Code = "material_missing"
	CodeTooManyPages      Code = "too_many_pages" // args: max
	CodeScanEmpty         Code = "scan_empty"
	CodeScanTooLarge      Code = "scan_too_large" // args: max_mb
	CodeScanNotImage      Code = "scan_not_image"
	CodeScanDamaged       Code = "scan_damaged" // bytes differ from their SHA-256
	CodeUnitTaken         Code = "unit_taken"   // another kiosk is making this unit
	CodeNoUnitLeft        Code = "no_unit_left"
	CodeKeyInUse          Code = "key_in_use" // this UKey already carries another unit
	CodeKeyUnknownModel   Code = "key_unknown_model"
	CodeKeyRetired        Code = "key_retired"
	CodeRequestBad        Code = "request_bad"       // PKCS#10 unreadable, signature or subject wrong
	CodeKeyWeak           Code = "key_weak"          // the pair can be found out; args: why
	CodeKeyDuplicate      Code = "key_duplicate"     // this public key has a certificate already
	CodeSubjectTooLong    Code = "subject_too_long"  // a name that no certificate can carry; args: max
	CodeTermPastCA        Code = "term_past_ca"      // the certificate would outlive the CA; args: until
	CodeNothingChanged    Code = "nothing_changed"   // a change that brings no other data
	CodeCertificateOver   Code = "certificate_over"  // it is not in use, or no more
	CodeWindowEarly       Code = "window_early"      // a certificate's end is too far away; args: from
	CodeWindowOver        Code = "window_over"       // it is too long ago, or past; args: until
	CodePriceChanged      Code = "price_changed"     // what is ordered costs something else than was shown; args: fen, seen
	CodeKeyUnmanaged      Code = "key_unmanaged"     // no administrator PIN of it is known: it is reissued, not unlocked; args: serial
	CodeOrderOpen         Code = "order_open"        // another order of the kind is on this certificate; args: number
	CodeRequestDiffers    Code = "request_differs"   // another public key for the same operation
	CodeProofBad          Code = "proof_bad"         // read-back or signature does not fit the certificate
	CodeChallengeStale    Code = "challenge_stale"   // ask for a new challenge
	CodeIssuerAway        Code = "issuer_away"       // the CA does not answer
	CodeCertificateUnfit  Code = "certificate_unfit" // what the CA signed breaks a rule, and nobody gets it
	CodeTrailAway         Code = "trail_away"        // no line of the audit trail can be written, so nothing is done
	CodeSelfReview        Code = "self_review"       // nobody decides on their own
	CodeReasonMissing     Code = "reason_missing"    // a return needs a reason
	CodePagesUnseen       Code = "pages_unseen"      // pages that who accepts did not look at; args: n
	CodeMaterialsUnjudged Code = "materials_unjudged"
	CodeAmountDiffers     Code = "amount_differs"
	// CodeSecondPerson: the project wants it confirmed by a second member of staff, which a command is not.
	CodeSecondPerson Code = "second_person"
	// CodeRulingSecond: who asked for it does not confirm it.
	CodeRulingSecond Code = "ruling_second"
	// CodeRulingWaits: something else was asked for on this certificate, and waits for a second member of staff.
	CodeRulingWaits Code = "ruling_waits"
	// CodeAccessWaits: something was asked for at the desk for this person already, and waits for the second officer.
	CodeAccessWaits Code = "access_waits"
	// CodeAccessExpired: what was asked for at the desk was not confirmed in time.
	CodeAccessExpired Code = "access_expired"
	// CodeAccessStale: what was asked for at the desk was about who is the handler no more, or by a colleague who may ask no more.
	CodeAccessStale Code = "access_stale"
	// CodeAccessBar: who let somebody in again at the desk hands out nothing for them for a day; args: hours.
	CodeAccessBar Code = "access_bar"
	// CodePaperMissing: a paper that is wanted was not scanned; the field names it.
	CodePaperMissing Code = "paper_missing"
	// CodeReportAtDesk: who reported a key lost before does it at the desk.
	CodeReportAtDesk Code = "report_at_desk"
	// CodeFoundMember: a lost key is restored by who was confirmed before it was reported.
	CodeFoundMember Code = "found_member"
	// CodeFoundChanged: not by who has another password or mobile since.
	CodeFoundChanged Code = "found_changed"
	// CodeCertificateSuspended: what is asked for waits until the certificate is restored.
	CodeCertificateSuspended Code = "certificate_suspended"
	// CodeMessageStale: what the text message says is so no more, or its text is erased.
	CodeMessageStale Code = "message_stale"
)

// Staff and their grants.
const (
	CodeGrantAlone  Code = "grant_alone"  // the role goes with no other
	CodeGrantSecond Code = "grant_second" // neither giver nor receiver confirms
	CodeStaffSelf   Code = "staff_self"   // nobody disables or withdraws from themselves
	// CodeStaffAdministrator: an administrator's password is set by a command only, else one would be two.
	CodeStaffAdministrator Code = "staff_administrator"
	CodeStaffKeySecond     Code = "staff_key_second" // neither who asked for a key nor who gets it confirms
	// CodeStaffKeyUnknown: the key at a kiosk is bound to nobody, or not confirmed yet, or no more.
	CodeStaffKeyUnknown Code = "staff_key_unknown"
	CodeStaffKeyOther   Code = "staff_key_other"  // it is bound to a colleague
	CodeStaffKeyNeeded  Code = "staff_key_needed" // their roles are for a kiosk with their key only
	CodeStaffElsewhere  Code = "staff_elsewhere"  // they have no role at the kiosk's hall
	CodeStaffTemporary  Code = "staff_temporary"  // the password that they were given is to be changed first, in the console
	CodeStaffKeys       Code = "staff_keys"       // a member has as many as anybody may
	CodeKeyFile         Code = "key_file"         // neither a certificate nor a public key is in it, or several are
	CodeKeyFilePrivate  Code = "key_file_private" // a private key is in it, which nobody gives away
	CodeKeyFileKind     Code = "key_file_kind"    // a kind or size of key that nobody signs with here
)

// Devices and the network, as the kiosk meets them.
const (
	CodeOfficeAway       Code = "office_away"
	CodeClockWrong       Code = "clock_wrong" // the machine's date and time; beyond a certificate's nobody is reached
	CodeOfficeError      Code = "office_error"
	CodeFeedAnew         Code = "feed_anew"   // what the kiosk followed is another history or is kept no more: it begins anew
	CodeOfficeBusy       Code = "office_busy" // too many ask for the same at once: nothing was done, the same may be asked again in a moment
	CodeKeyNone          Code = "key_none"
	CodeKeyNotBlank      Code = "key_not_blank"
	CodeKeyWrong         Code = "key_wrong" // args: expected, found
	CodeKeyPulled        Code = "key_pulled"
	CodeKeySeveral       Code = "key_several"
	CodeKeyChoose        Code = "key_choose"    // several would do, and the person says which
	CodeKeyTwin          Code = "key_twin"      // two keys that say the same of themselves
	CodeKeyBusy          Code = "key_busy"      // it is being written to; args: serial
	CodeKeyNoDriver      Code = "key_no_driver" // it is on the USB and no driver sees it; args: model, port
	CodeKeyTimeout       Code = "key_timeout"
	CodeKeyDevice        Code = "key_device"
	CodeKeyFull          Code = "key_full"
	CodeKeyReadable      Code = "key_readable"    // it does not keep private keys inside
	CodeKeyReadOnly      Code = "key_read_only"   // it is write protected
	CodeKeyUnconfirmed   Code = "key_unconfirmed" // nobody confirmed on its own pad or button
	CodeKeyAdminPIN      Code = "key_admin_pin"   // none of the known administrator PINs opens it
	CodePINWrong         Code = "pin_wrong"       // args: left, when the token tells
	CodePINLocked        Code = "pin_locked"
	CodePINChange        Code = "pin_change"     // the key wants its PIN changed before anything else
	CodePINUnset         Code = "pin_unset"      // the key has none yet
	CodePINUnsure        Code = "pin_unsure"     // the key was pulled, or failed, while it got another PIN
	CodePINUnsurePad     Code = "pin_unsure_pad" // the same on the key's own pad: its holder alone knows both
	CodePINSame          Code = "pin_same"       // the new one is the old one
	CodePINLast          Code = "pin_last"       // one attempt is left; it is made only when the person wants it
	CodeKeyDiffers       Code = "key_differs"    // it does not hold the pair that the register knows of
	CodePrinterMissing   Code = "printer_missing"
	CodePrinterNoPaper   Code = "printer_no_paper"
	CodePrinterJam       Code = "printer_jam"
	CodePrinterCover     Code = "printer_cover"
	CodePrinterStopped   Code = "printer_stopped"
	CodeKeyNoSerial      Code = "key_no_serial" // a key that tells none before it is initialised
	CodeStaffPIN         Code = "staff_pin"     // the kiosk's maintenance PIN is wrong
	CodeStaffPaused      Code = "staff_paused"  // too many wrong ones; args: minutes
	CodePrinterUnfit     Code = "printer_unfit"
	CodeScannerMissing   Code = "scanner_missing"
	CodeScannerNoPaper   Code = "scanner_no_paper"
	CodeScannerJam       Code = "scanner_jam"
	CodeScannerCover     Code = "scanner_cover"
	CodeScannerTimeout   Code = "scanner_timeout"
	CodeScannerError     Code = "scanner_error"
	CodeStoreFull        Code = "store_full"
	CodeUploadsFull      Code = "uploads_full" // the kiosk brought more than was put under orders yet; args: max, max_mb
	CodeOrderFull        Code = "order_full"   // its pages are too many or too large together; args: max, max_mb
	CodeNotBuilt         Code = "not_built"    // this service is not offered yet
	CodeInternal         Code = "internal"
	CodeKeyboardAway     Code = "keyboard_away" // the pinyin engine does not answer; Latin still works
	CodeResumeOtherOrder Code = "resume_other_order"
	CodeResumeElsewhere  Code = "resume_elsewhere"  // what waits for the key is not of the membership logged in
	CodeKeyNothingWaits  Code = "key_nothing_waits" // no unfinished write of this key
	CodeKeyLost          Code = "key_lost"          // reported lost
)
